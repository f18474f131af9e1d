"""Square blocks of a matrix transposed in vector registers."""

from __future__ import annotations

from graphrt.native.builder import Builder, Type, Value, constant, constants


def transpose_block(
    b: Builder, type: Type, source: Value, target: Value, strides: tuple[int, int], size: tuple[int, int]
) -> None:
    """Writes ``size[0]`` rows of ``size[1]`` elements at ``target``, the columns of the block at ``source``.

    ``strides`` are from row to row of the source and of the target; no size is larger than the lanes of ``type``.
    """
    rows, columns = size
    loaded = []
    for i in range(columns):
        loaded.append(_load(b, type, b.element(source, type, i * strides[0]), rows))
    zero = constant(type, 0)
    turned = transposed(b, [*loaded, *[zero] * (type.lanes - columns)])
    for i in range(rows):
        _store(b, turned[i], b.element(target, type, i * strides[1]), columns)


def _mask(lanes: int, count: int) -> Value:
    return constants(Type("i1", lanes), [lane < count for lane in range(lanes)])


def _load(b: Builder, type: Type, address: Value, count: int) -> Value:
    if count == type.lanes:
        return b.load(type, address)
    return b.masked_load(type, address, _mask(type.lanes, count))


def _store(b: Builder, value: Value, address: Value, count: int) -> None:
    if count == value.type.lanes:
        b.store(value, address)
    else:
        b.masked_store(value, address, _mask(value.type.lanes, count))


def transposed(b: Builder, vectors: list[Value]) -> list[Value]:
    """Lane j of vector i becomes lane i of vector j: squares of 2, 4, 8... are turned, in log2(lanes) steps."""
    lanes = len(vectors)
    distance = 1
    while distance < lanes:
        following = list(vectors)
        for i in range(lanes):
            if i & distance:
                continue
            low, high = vectors[i], vectors[i + distance]
            # Lanes of the second are numbered from ``lanes`` on.
            keep = [j if not j & distance else lanes + j - distance for j in range(lanes)]
            move = [j + distance if not j & distance else lanes + j for j in range(lanes)]
            following[i], following[i + distance] = b.shuffle(low, high, keep), b.shuffle(low, high, move)
        vectors = following
        distance *= 2
    return vectors
