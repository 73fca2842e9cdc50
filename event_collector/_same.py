"""Whether two values are the same, where their own `==` may not say yes or no."""


def same(one: object, other: object) -> bool:
    """Whether two values are one object, or equal. Always a bool, and never an error.

    An array or a DataFrame answers `==` with as many answers as it has cells, and others with
    something that is neither true nor false, or with an error: values that cannot say are unequal.
    Containers compare what they hold in this order too, so one that holds an array equals itself.
    """
    if one is other:
        return True
    try:
        answer: object = one == other
        # An answer that has a length is several answers, even if there happens to be one of them.
        return answer is True or (
            answer is not False and not hasattr(answer, "__len__") and bool(answer)
        )
    except Exception:
        return False
