"""What cannot be exported, with the name and what to do."""


class ExportError(Exception):
    """The workbench cannot be written as a module. Nothing was written.

    Args:
        problems: What is in the way, each with what to do.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problems)
        self.problems = problems
        """What is in the way, each with what to do."""

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return f"cannot be exported: {self.problems[0]}"
        return "cannot be exported:\n" + "\n".join(f"- {each}" for each in self.problems)
