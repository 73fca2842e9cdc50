"""InNotebook: which of a workbench's templates stand in the notebook's file, and as what texts."""


class InNotebook:
    """The templates that are kept in the notebook, by name, each as a text.

    The kernel knows better than the file: what it has deleted does not come back from there.
    """

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self._deleted: set[str] = set()

    def keep(self, name: str, text: str) -> None:
        """Keep a template from now on, in the place of the one of its name."""
        self.texts[name] = text
        self._deleted.discard(name)

    def delete(self, name: str) -> None:
        """Keep it no longer."""
        self.texts.pop(name, None)
        self._deleted.add(name)

    def knows(self, name: str) -> bool:
        """Whether the kernel has a say about this name already."""
        return name in self.texts or name in self._deleted
