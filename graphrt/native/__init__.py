"""The native tier: what can be lowered of a plan becomes machine code, through LLVM (DESIGN section 7.2)."""
