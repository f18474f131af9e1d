"""The cases in the words of other libraries: ``CASES`` of a module has makers, by the names of ``benchmarks.cases``."""
