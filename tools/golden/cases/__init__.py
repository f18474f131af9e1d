"""The case files. One file is one family; `tools/golden/README.md` says how to write one."""
