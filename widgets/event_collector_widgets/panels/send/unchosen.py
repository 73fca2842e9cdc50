"""UnchosenError: nothing is wrong in the form, something is only not chosen yet."""


class UnchosenError(ValueError):
    """What must be chosen before anything can be sent. It says what, and is shown as a hint."""
