"""swish: a smooth relu that dips below zero."""

from __future__ import annotations

import graphrt_ops as F  # noqa: N812
from graphrt.graph.scopes import control_dependencies
from graphrt.opdef import convert_to_tensor, export


@export("nn.swish")
def swish(features):
    """features * sigmoid(features), element by element. See Ramachandran et al. (2017), arXiv:1710.05941.

    Its gradient computes the sigmoid again, so that only ``features`` has to be kept.
    """

    @F.custom_gradient
    def computed(features):
        def gradient(dy):
            with control_dependencies([dy]):
                sigmoid = F.sigmoid(features)
            return dy * (sigmoid * (1.0 + features * (1.0 - sigmoid)))

        return features * F.sigmoid(features), gradient

    return computed(convert_to_tensor(features, name="features"))
