"""Ops that the table of tests/ops/harness.py leaves out, each with the reason and where it is tested instead."""

_STREAMS = "its numbers are TensorFlow's own: tests/ops/random/test_streams.py, and the golden cases streams/"
_STATELESS = "its numbers are TensorFlow's own: the golden cases stateless/"

_PRINTS = "it prints: tests/ops/control/test_print_v2.py, and the golden cases more_arrays/prints"
_VARIABLES = "it changes a variable: tests/ops/test_scatter.py"

_TEXT = "it reads or writes text: tests/ops/string/test_strings.py"

WITHOUT_A_CASE: dict[str, str] = {
    "AsString": _TEXT,
    "EditDistance": "tests/ops/sparse/test_sparse.py has words whose distances are known, and the golden cases sparse/",
    "Multinomial": _STREAMS,
    "PrintV2": _PRINTS,
    "RandomGamma": _STREAMS,
    "RandomPoissonV2": _STREAMS,
    "RandomShuffle": _STREAMS,
    "RandomStandardNormal": _STREAMS,
    "RandomUniform": _STREAMS,
    "RandomUniformInt": _STREAMS,
    "ScatterNdAdd": _VARIABLES,
    "ScatterNdSub": _VARIABLES,
    "StatelessMultinomial": _STATELESS,
    "StatelessRandomNormal": _STATELESS,
    "StatelessRandomUniform": _STATELESS,
    "StatelessRandomUniformInt": _STATELESS,
    "StatelessTruncatedNormal": _STATELESS,
    "StringFormat": _PRINTS,
    "StringJoin": _TEXT,
    "StringToNumber": _TEXT,
    "TruncatedNormal": _STREAMS,
}

# Compared with TensorFlow 1.15.5 in tests/golden (values, gradients, types, shapes), and nowhere else: a case in the
# table would also check strided inputs, in-place use, differences, and the device double.
ONLY_GOLDEN = frozenset(
    """
    AllCandidateSampler ApplyAdadelta ApplyAdagrad ApplyAdagradDA ApplyAdam ApplyCenteredRMSProp ApplyFtrl
    ApplyFtrlV2 ApplyGradientDescent ApplyMomentum ApplyProximalAdagrad ApplyProximalGradientDescent
    ApplyRMSProp Assert Assign AssignAdd AssignSub BroadcastGradientArgs ComputeAccidentalHits ConcatOffset
    CountUpTo DenseToDenseSetOperation FixedUnigramCandidateSampler FusedBatchNormGradV3 FusedBatchNormV3
    GuaranteeConst InTopKV2 IsVariableInitialized LearnedUnigramCandidateSampler LogUniformCandidateSampler
    Merge NoOp ParallelDynamicStitch Placeholder PlaceholderWithDefault Print PyFunc PyFuncStateless Rank
    RefMerge RefSwitch ScatterAdd ScatterDiv ScatterMax ScatterMin ScatterMul ScatterNdUpdate ScatterSub
    ScatterUpdate Shape ShapeN Size SparseApplyAdadelta SparseApplyAdagrad SparseApplyAdagradDA
    SparseApplyCenteredRMSProp SparseApplyFtrl SparseApplyFtrlV2 SparseApplyMomentum SparseApplyProximalAdagrad
    SparseApplyProximalGradientDescent SparseApplyRMSProp StopGradient StridedSliceAssign Switch
    UniformCandidateSampler VariableV2 ZerosLike
    """.split()
)
