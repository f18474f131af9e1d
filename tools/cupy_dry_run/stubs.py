"""C libraries that stand in for the CUDA runtime, the driver and its libraries: memory is the host's, work is none."""

from __future__ import annotations

import ctypes
import importlib
import re
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

# The bodies of functions that do something; a0, a1... are their arguments. All others return None or 0.
_ALLOCATE = "return (intptr_t)calloc(1, a0 + 512);"
_FREE = "free((void *)a0); Py_RETURN_NONE;"
_COPY = "copies[a3 & 3]++; memmove((void *)a0, (void *)a1, a2); Py_RETURN_NONE;"
_PROPERTIES = (
    'return Py_BuildValue("{s:i,s:i,s:i,s:i,s:i,s:s}", "warpSize", 32, "major", 9, "minor", 0, '
    '"multiProcessorCount", 132, "maxThreadsPerBlock", 1024, "name", "dry run");'
)
BODIES = {
    "runtime.getDeviceCount": "return 1;",
    # Attributes 75 and 76 are the compute capability.
    "runtime.deviceGetAttribute": "return a0 == 75 ? 9 : a0 == 76 ? 0 : 1024;",
    "runtime.getDeviceProperties": _PROPERTIES,
    "runtime.streamSynchronize": "waits++; Py_RETURN_NONE;",
    "runtime.malloc": _ALLOCATE,
    "runtime.mallocAsync": _ALLOCATE,
    "runtime.hostAlloc": _ALLOCATE,
    "runtime.free": _FREE,
    "runtime.freeAsync": _FREE,
    "runtime.freeHost": _FREE,
    "runtime.memcpy": _COPY,
    "runtime.memcpyAsync": _COPY,
    "runtime.memset": "memset((void *)a0, a1, a2); Py_RETURN_NONE;",
    "runtime.memsetAsync": "memset((void *)a0, a1, a2); Py_RETURN_NONE;",
    "runtime.memGetInfo": 'return Py_BuildValue("(LL)", 1LL << 36, 1LL << 36);',
    "runtime.runtimeGetVersion": "return 13000;",
    "runtime.driverGetVersion": "return 13000;",
    "runtime._getCUDAMajorVersion": "return 13;",
    "runtime.memPoolCreate": "return 1;",
    "runtime.eventCreate": "return 1;",
    "runtime.eventCreateWithFlags": "return 1;",
    "runtime.streamCreate": "return 1;",
    "runtime.streamCreateWithFlags": "return 1;",
    "driver.ctxGetCurrent": "return 1;",
    "driver.launchKernel": "launches++; Py_RETURN_NONE;",
    "driver.moduleLoadData": "return 1;",
    "driver.moduleGetFunction": "return 1;",
    "driver.moduleGetGlobal": "return (intptr_t)calloc(1, 1 << 20);",
    "driver.occupancyMaxActiveBlocksPerMultiprocessor": "return 2;",
    "driver.occupancyMaxPotentialBlockSize": 'return Py_BuildValue("(ii)", 132, 256);',
    "driver.funcGetAttribute": "return a0 == 0 ? 1024 : 49152;",
}
# What counts them: kernels, copies by their kind (1 to the device, 2 to the host, 3 within it), waits of the host.
_COUNTERS = "long launches, copies[4], waits;\n"
# Plain helpers, which need no device, and functions of structures that nothing here uses.
_KEPT = re.compile(r"check_status|_is_hip_environment|make_\w+|getChannelDesc")
# What CuPy's modules are linked with: the module that tells which functions it needs of which library.
LIBRARIES = {
    "cublas": "libcublas.so.13",
    "cusolver": "libcusolver.so.12",
    "cusparse": "libcusparse.so.12",
    "curand": "libcurand.so.10",
}
_ONLY_LOADED = ("libcublasLt.so.13", "libnvJitLink.so.13", "libcufft.so.12", "libnvrtc.so.13")


def capsule_name(capsule: Any) -> bytes:
    """What a capsule is called: the C signature of the function in it."""
    get = ctypes.pythonapi.PyCapsule_GetName
    get.restype, get.argtypes = ctypes.c_char_p, [ctypes.py_object]
    return bytes(get(capsule))


def replaceable() -> list[tuple[str, str, str]]:
    """(module, function, C signature) of all that is replaced."""
    found = []
    for module in ("runtime", "driver"):
        capsules = importlib.import_module(f"cupy_backends.cuda.api.{module}").__pyx_capi__
        for function, capsule in sorted(capsules.items()):
            signature = capsule_name(capsule).decode()
            has_structures = "__pyx_obj" in signature or "cudaMemcpyKind" in signature or signature.startswith("cuda")
            if "(" in signature and not has_structures and not _KEPT.fullmatch(function):
                found.append((module, function, signature.replace("CUdevice", "int")))
    return found


def _stub(module: str, function: str, signature: str) -> str:
    match = re.fullmatch(r"([^(]*)\((.*)\)", signature)
    assert match is not None, signature
    result, arguments = match.groups()
    parameters = []
    for i, argument in enumerate(part.strip() for part in arguments.split(",")):
        plain = re.sub(r"struct \w+ \*", "void *", re.sub(r"__pyx_\w*(skip_dispatch|optional_args)", "", argument))
        if plain.strip() != "void":
            parameters.append(f"{plain} a{i}")
    body = BODIES.get(f"{module}.{function}", "Py_RETURN_NONE;" if "PyObject" in result else "return 0;")
    return f"{result} stub_{module}_{function}({', '.join(parameters) or 'void'}) {{ {body} }}"


def build(folder: Path) -> None:
    """Writes and compiles all libraries into ``folder``."""
    includes = "".join(f"#include <{name}.h>\n" for name in ("Python", "stdint", "stdlib", "string"))
    (folder / "runtime.c").write_text(includes + _COUNTERS + "\n".join(_stub(*entry) for entry in replaceable()) + "\n")
    _compile(folder, "runtime.c", "runtime.so", f"-I{sysconfig.get_paths()['include']}")
    site = Path(str(importlib.import_module("cupy_backends").__file__)).parent
    for module, library in LIBRARIES.items():
        linked = next(site.glob(f"cuda/libs/{module}.*.so"))
        symbols = subprocess.run(["nm", "-D", str(linked)], check=True, capture_output=True, text=True).stdout
        needed = re.findall(rf" U (\w+)@+{re.escape(library)}", symbols)
        functions = [f"int {name}() {{ calls++; return 0; }}" for name in needed]
        (folder / f"{module}.c").write_text("long calls;\n" + "\n".join(functions))
        (folder / f"{module}.map").write_text(f"{library} {{ global: *; }};")
        _compile(folder, f"{module}.c", library, f"-Wl,-soname,{library}", f"-Wl,--version-script={module}.map")
    (folder / "empty.c").write_text("int nothing(void) { return 0; }\n")
    for library in _ONLY_LOADED:
        _compile(folder, "empty.c", library)


def _compile(folder: Path, source: str, library: str, *flags: str) -> None:
    subprocess.run(["cc", "-shared", "-fPIC", "-w", *flags, "-o", library, source], check=True, cwd=folder)
