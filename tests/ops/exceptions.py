"""Ops that the table of tests/ops/harness.py leaves out, each with the reason and where it is tested instead."""

_STREAMS = "its numbers are TensorFlow's own: tests/ops/random/test_streams.py, and the golden cases streams/"
_STATELESS = "its numbers are TensorFlow's own: the golden cases stateless/"

_PRINTS = "it prints: tests/ops/control/test_print_v2.py, and the golden cases more_arrays/prints"
_VARIABLES = "it changes a variable: tests/ops/test_scatter.py"

WITHOUT_A_CASE: dict[str, str] = {
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
    "TruncatedNormal": _STREAMS,
}

# Compared with TensorFlow 1.15.5 in tests/golden (values, gradients, types, shapes), and nowhere else: a case in the
# table would also check strided inputs, in-place use, differences, and the device double.
ONLY_GOLDEN = frozenset(
    """
    AllCandidateSampler ApplyAdadelta ApplyAdagrad ApplyAdam ApplyCenteredRMSProp ApplyFtrl ApplyFtrlV2
    ApplyGradientDescent ApplyMomentum ApplyProximalAdagrad ApplyProximalGradientDescent ApplyRMSProp Assert
    Assign AssignAdd AssignSub BatchToSpaceND Bitcast BroadcastGradientArgs BroadcastTo CheckNumerics
    ComputeAccidentalHits ConcatOffset ConcatV2 Const CountUpTo DenseToDenseSetOperation DynamicPartition
    DynamicStitch ExpandDims Fill FixedUnigramCandidateSampler FusedBatchNormGradV3 FusedBatchNormV3 GatherNd
    GatherV2 GuaranteeConst IdentityN InTopKV2 InvertPermutation IsVariableInitialized
    LearnedUnigramCandidateSampler LinSpace ListDiff LogUniformCandidateSampler Merge MirrorPad MirrorPadGrad
    NoOp OneHot Pack Pad PadV2 ParallelDynamicStitch Placeholder PlaceholderWithDefault Print PyFunc
    PyFuncStateless Range Rank RefMerge RefSwitch ReverseSequence ReverseV2 Roll ScatterAdd ScatterDiv
    ScatterMax ScatterMin ScatterMul ScatterNd ScatterNdUpdate ScatterSub ScatterUpdate SegmentSum Select Shape
    ShapeN Size Slice SpaceToBatchND SpaceToDepth SparseApplyAdadelta SparseApplyAdagrad SparseApplyAdagradDA
    SparseApplyCenteredRMSProp SparseApplyFtrl SparseApplyFtrlV2 SparseApplyMomentum SparseApplyProximalAdagrad
    SparseApplyProximalGradientDescent SparseApplyRMSProp Split SplitV StopGradient StridedSlice
    StridedSliceAssign StridedSliceGrad Switch Tile TopKV2 UniformCandidateSampler Unique Unpack
    UnsortedSegmentSum VariableV2 Where ZerosLike
    """.split()
)
