"""How an op is defined: ``OpDef`` and its parts, and ``@export`` for its public name."""

from graphrt.export import export as export
from graphrt.opdef.attributes import REQUIRED as REQUIRED
from graphrt.opdef.attributes import required as required
from graphrt.opdef.convert import convert_to_tensor as convert_to_tensor
from graphrt.opdef.opdef import OpDef as OpDef
from graphrt.opdef.static import static_dims as static_dims
from graphrt.opdef.static import static_value as static_value
