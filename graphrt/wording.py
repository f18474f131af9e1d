"""Words for numbers of things, as messages need them."""


def counted(number: int, one: str, many: str = "") -> str:
    """A number of things in words.

    >>> counted(1, "node"), counted(2, "node"), counted(0, "identity", "identities")
    ('1 node', '2 nodes', '0 identities')
    """
    return f"{number} {one if number == 1 else many or one + 's'}"
