"""Fits the polynomials of graphrt/native/vector_math: `python -m tools.minimax` writes coefficients.py anew.

Each is the polynomial of least largest weighted error on an interval, found by Remez' exchange with mpmath: solve for a
polynomial whose error alternates at degree + 2 points, move the points to where its error is largest, repeat.

Sources: E. Ya. Remez, "Sur le calcul effectif des polynomes d'approximation de Tchebichef", C. R. Acad. Sci. 199, 1934.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mpmath as mp

mp.mp.prec = 200
TARGET = Path(__file__).resolve().parent.parent / "graphrt/native/elementary/coefficients.py"
HALF_LN2 = mp.log(2) / 2 * mp.mpf("1.0001")
SQRT_HALF = mp.sqrt(mp.mpf("0.5"))
QUARTER_PI_SQUARED = (mp.pi / 4) ** 2 * mp.mpf("1.0001")


@dataclass(frozen=True)
class Fit:
    """``function`` on [low, high] by a polynomial; ``weight`` turns its error into that of the whole formula."""

    name: str
    what: str
    function: Callable[[mp.mpf], mp.mpf]
    weight: Callable[[mp.mpf], mp.mpf]
    low: mp.mpf
    high: mp.mpf
    degrees: tuple[int, ...]


def odd(function: Callable) -> Callable:
    """(function(x) - x) / x**3 as a function of z = x * x."""

    def of_square(z: mp.mpf) -> mp.mpf:
        if z < mp.mpf("1e-12"):
            return mp.taylor(function, 0, 3)[3] + z * mp.taylor(function, 0, 5)[5]
        x = mp.sqrt(z)
        return (function(x) - x) / (x * z)

    return of_square


def cosine_tail(z: mp.mpf) -> mp.mpf:
    return (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2 if z > mp.mpf("1e-12") else mp.mpf(1) / 24 - z / 720


def log_tail(f: mp.mpf) -> mp.mpf:
    """(log(1 + f) - f + f*f/2) / f**3."""
    if abs(f) < mp.mpf("1e-9"):
        return mp.mpf(1) / 3 - f / 4 + f * f / 5
    return (mp.log1p(f) - f + f * f / 2) / f**3


def exp_tail(r: mp.mpf) -> mp.mpf:
    """(exp(r) - 1 - r) / r**2."""
    if abs(r) < mp.mpf("1e-9"):
        return mp.mpf("0.5") + r / 6 + r * r / 24
    return (mp.expm1(r) - r) / r**2


def log2_tail(z: mp.mpf) -> mp.mpf:
    """(log2((1 + s) / (1 - s)) - (2 s + 2/3 s**3) / log(2)) / s**5, of z = s*s."""
    return sum(2 * z**k / (2 * k + 5) for k in range(45)) / mp.log(2)


FITS = (
    Fit("EXP", "(exp(r) - 1 - r) / r**2", exp_tail, abs, -HALF_LN2, HALF_LN2, (4, 5, 9, 10)),
    Fit("LOG", "(log(1 + f) - f + f*f/2) / f**3", log_tail, lambda f: f * f, SQRT_HALF - 1, mp.sqrt(2) - 1, (8, 19)),
    Fit(
        "LOG2",
        "(log2((1 + s) / (1 - s)) - (2 s + 2/3 s**3) / log(2)) / s**5, of s*s",
        log2_tail,
        lambda z: z * z,
        mp.mpf(0),
        mp.mpf("0.02945"),
        (2, 7),
    ),
    Fit("SIN", "(sin(r) - r) / r**3, of r*r", odd(mp.sin), lambda z: z, mp.mpf(0), QUARTER_PI_SQUARED, (2, 5)),
    Fit(
        "COS",
        "(cos(r) - 1 + r*r/2) / r**4, of r*r",
        cosine_tail,
        lambda z: z * z,
        mp.mpf(0),
        QUARTER_PI_SQUARED,
        (2, 5),
    ),
    Fit("TAN", "(tan(r) - r) / r**3, of r*r", odd(mp.tan), lambda z: z, mp.mpf(0), QUARTER_PI_SQUARED, (6, 14)),
    Fit("ATAN", "(atan(t) - t) / t**3, of t*t", odd(mp.atan), lambda z: z, mp.mpf(0), mp.mpf(1), (9, 20)),
    Fit("ASIN", "(asin(t) - t) / t**3, of t*t", odd(mp.asin), lambda z: z, mp.mpf(0), mp.mpf("0.25"), (5, 12)),
)


ERFCX_MIDDLE = mp.mpf(2)  # erfc is computed with t = (a - 2) / (a + 2) of a = |x|, which maps [0, inf) to [-1, 1)


def erf_ratio(z: mp.mpf) -> mp.mpf:
    """erf(x) / x - 1 as a function of z = x * x."""
    return mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1 if z > mp.mpf("1e-20") else 2 / mp.sqrt(mp.pi) - 1


def log_erfc(t: mp.mpf) -> mp.mpf:
    return -mp.log(mp.erfc(1 + t))


def far_weight(t: mp.mpf) -> mp.mpf:
    """What an error of that does to erf, relatively."""
    return mp.erfc(1 + t) / mp.erf(1 + t)


def erfcx_at(t: mp.mpf) -> mp.mpf:
    """(a + 2) exp(a*a) erfc(a)."""
    a = ERFCX_MIDDLE * (1 + t) / (1 - t)
    return (a + ERFCX_MIDDLE) * mp.exp(a * a) * mp.erfc(a)


def _t_of(a: float) -> mp.mpf:
    return (a - ERFCX_MIDDLE) / (a + ERFCX_MIDDLE)


FITS += (
    Fit(
        "ERF",
        "erf(x) / x - 1, of x*x",
        erf_ratio,
        lambda z: 1 / (1 + erf_ratio(z)),
        mp.mpf(0),
        mp.mpf("1.0001"),
        (6, 11),
    ),
    Fit("ERF_FAR", "-log(erfc(1 + t))", log_erfc, far_weight, mp.mpf(0), mp.mpf(3), (6,)),
    Fit("ERF_FAR", "-log(erfc(1 + t))", log_erfc, far_weight, mp.mpf(0), mp.mpf(5), (17,)),
    Fit(
        "ERFC",
        "(a + 2) exp(a*a) erfc(a), of t = (a - 2) / (a + 2)",
        erfcx_at,
        lambda t: 1 / erfcx_at(t),
        mp.mpf(-1),
        _t_of(28.0),
        (11, 25),
    ),
)


def remez(fit: Fit, degree: int) -> tuple[list[mp.mpf], mp.mpf]:
    """The coefficients, lowest first, and the largest weighted error."""
    middle, half = (fit.low + fit.high) / 2, (fit.high - fit.low) / 2
    # Closer together towards the ends, where errors of such polynomials oscillate fastest.
    grid = [middle - half * mp.cos(mp.pi * (i + mp.mpf("0.5")) / (40 * (degree + 2))) for i in range(40 * (degree + 2))]
    values = [fit.function(x) for x in grid]
    weights = [fit.weight(x) for x in grid]
    places = [20 + 40 * i for i in range(degree + 2)]
    for _ in range(12):
        rows = []
        for sign, at in enumerate(places):
            rows.append([grid[at] ** k for k in range(degree + 1)] + [(-1) ** sign / weights[at]])
        solution = mp.lu_solve(mp.matrix(rows), mp.matrix([values[at] for at in places]))
        coefficients = list(solution)[:-1]
        errors = [(v - mp.polyval(coefficients[::-1], x)) * w for x, v, w in zip(grid, values, weights, strict=True)]
        moved = _alternating_extremes(errors, degree + 2)
        if moved is None or moved == places:
            break
        places = moved
    return coefficients, max(map(abs, errors))


def _alternating_extremes(errors: list[mp.mpf], wanted: int) -> list[int] | None:
    """Where the error is largest in each stretch of one sign; None if there are too few stretches."""
    best: list[int] = []
    for at, error in enumerate(errors):
        if best and mp.sign(errors[best[-1]]) == mp.sign(error):
            if abs(error) > abs(errors[best[-1]]):
                best[-1] = at
        else:
            best.append(at)
    while len(best) > wanted:
        best.pop(0 if abs(errors[best[0]]) < abs(errors[best[-1]]) else -1)
    return best if len(best) == wanted else None


def main() -> None:
    lines = [
        '"""The coefficients of vector_math\'s polynomials, highest degree first. Written by tools/minimax.py."""',
        "",
        "# fmt: off",
    ]
    for fit in FITS:
        lines += ["", f"# {fit.what} on [{mp.nstr(fit.low, 6)}, {mp.nstr(fit.high, 6)}]"]
        for degree in fit.degrees:
            coefficients, error = remez(fit, degree)
            print(f"{fit.name}_{degree}: weighted error 2^{float(mp.log(error, 2)):.1f}", file=sys.stderr)
            lines.append(f"{fit.name}_{degree} = (  # weighted error 2^{float(mp.log(error, 2)):.1f}")
            lines += [f"    {float(c)!r}," for c in reversed(coefficients)]
            lines.append(")")
    TARGET.parent.mkdir(exist_ok=True)
    beside = TARGET.with_suffix(".new")
    beside.write_text("\n".join(lines) + "\n")
    beside.replace(TARGET)


if __name__ == "__main__":
    main()
