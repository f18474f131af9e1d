"""tf.flags and tf.app.flags: absl's command line flags, read from sys.argv when the first of them is asked for."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from absl import flags as absl_flags

from graphrt.export import export_lazily, export_values

# A flag belongs to the module that defines it, which is not this one.
absl_flags.disclaim_key_flags()

_PASSED_ON = """
    ArgumentParser ArgumentSerializer BaseListParser BooleanFlag BooleanParser CantOpenFlagFileError CsvListSerializer
    DuplicateFlagError EnumClassFlag EnumClassListSerializer EnumClassParser EnumClassSerializer EnumFlag EnumParser
    Error Flag FlagHolder FlagNameConflictsWithMethodError FlagValues FloatParser IllegalFlagValueError IntegerParser
    ListParser ListSerializer MultiEnumClassFlag MultiFlag UnparsedFlagAccessError UnrecognizedFlagError
    ValidationError WhitespaceSeparatedListParser adopt_module_key_flags declare_key_flag disclaim_key_flags doc_to_help
    flag_dict_to_args get_help_width mark_bool_flags_as_mutual_exclusive mark_flag_as_required
    mark_flags_as_mutual_exclusive mark_flags_as_required multi_flags_validator override_value
    register_multi_flags_validator register_validator set_default text_wrap validator"""
_DEFINE = """
    DEFINE DEFINE_alias DEFINE_bool DEFINE_boolean DEFINE_enum DEFINE_enum_class DEFINE_flag DEFINE_float DEFINE_integer
    DEFINE_list DEFINE_multi DEFINE_multi_enum DEFINE_multi_enum_class DEFINE_multi_float DEFINE_multi_integer
    DEFINE_multi_string DEFINE_spaceseplist DEFINE_string"""
# TensorFlow's own flags, before it used absl's, called three arguments otherwise.
_OLD_ARGUMENTS = {"flag_name": "name", "default_value": "default", "docstring": "help"}

for _path in ("flags.", "app.flags."):
    export_lazily("absl.flags", {_path + _name: _name for _name in _PASSED_ON.split()})
    export_values(__name__, {_path + _name: _name for _name in ("FLAGS", *_DEFINE.split())})


class Flags:
    """absl's FLAGS. Asking for the value of a flag reads the command line, if nobody has done so yet.

    ``FLAGS.name`` is a value, ``FLAGS["name"]`` the flag itself, ``FLAGS.flag_values_dict()`` all values by name, and
    ``FLAGS(sys.argv)`` reads a command line and returns what it leaves over.
    """

    def __init__(self, values: Any) -> None:
        self.__dict__["_values"] = values

    def __getattr__(self, name: str) -> Any:
        values = self.__dict__["_values"]
        if name[:2] != "__" and not hasattr(type(values), name) and not values.is_parsed():
            values(sys.argv)
        try:
            return getattr(values, name)
        except AttributeError:
            if name == "_parse_flags":
                raise AttributeError(
                    "FLAGS._parse_flags() was removed in TensorFlow 1.5: leave it out (the command line is read when "
                    "the first flag is asked for), or call FLAGS(sys.argv)"
                ) from None
            raise

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__dict__["_values"], name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self.__dict__["_values"], name)

    def __dir__(self) -> list[str]:
        return dir(self.__dict__["_values"])

    def __getitem__(self, name: str) -> Any:
        return self.__dict__["_values"][name]

    def __setitem__(self, name: str, flag: Any) -> None:
        self.__dict__["_values"][name] = flag

    def __len__(self) -> int:
        return len(self.__dict__["_values"])

    def __iter__(self) -> Any:
        return iter(self.__dict__["_values"])

    def __contains__(self, name: str) -> bool:
        return name in self.__dict__["_values"]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__dict__["_values"](*args, **kwargs)

    def __str__(self) -> str:
        return str(self.__dict__["_values"])


FLAGS = Flags(absl_flags.FLAGS)


def _defining(name: str) -> Callable[..., Any]:
    """absl's function that defines a flag, which takes the old names of its arguments, too."""
    function = getattr(absl_flags, name)

    @functools.wraps(function)
    def define(*args: Any, **kwargs: Any) -> Any:
        for old, new in _OLD_ARGUMENTS.items():
            if old in kwargs:
                if new in kwargs:
                    raise ValueError(f"{name}: {old} and {new} are the same argument; leave one out")
                kwargs[new] = kwargs.pop(old)
        return function(*args, **kwargs)

    define.__module__, define.__name__, define.__qualname__ = __name__, name, name
    return define


DEFINE = _defining("DEFINE")
DEFINE_alias = _defining("DEFINE_alias")
DEFINE_bool = _defining("DEFINE_bool")
DEFINE_boolean = _defining("DEFINE_boolean")
DEFINE_enum = _defining("DEFINE_enum")
DEFINE_enum_class = _defining("DEFINE_enum_class")
DEFINE_flag = _defining("DEFINE_flag")
DEFINE_float = _defining("DEFINE_float")
DEFINE_integer = _defining("DEFINE_integer")
DEFINE_list = _defining("DEFINE_list")
DEFINE_multi = _defining("DEFINE_multi")
DEFINE_multi_enum = _defining("DEFINE_multi_enum")
DEFINE_multi_enum_class = _defining("DEFINE_multi_enum_class")
DEFINE_multi_float = _defining("DEFINE_multi_float")
DEFINE_multi_integer = _defining("DEFINE_multi_integer")
DEFINE_multi_string = _defining("DEFINE_multi_string")
DEFINE_spaceseplist = _defining("DEFINE_spaceseplist")
DEFINE_string = _defining("DEFINE_string")
