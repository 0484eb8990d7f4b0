"""Numbers of things in words."""


def counted(n: int, what: str) -> str:
    """Return a number with what is counted, one or many.

    Examples
    --------
    >>> counted(1, "image"), counted(1200, "image")
    ('1 image', '1,200 images')
    """
    return f"{n:,} {what}{'' if n == 1 else 's'}"
