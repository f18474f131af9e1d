"""Ops that the table of tests/ops/harness.py leaves out, each with the reason and where it is tested instead."""

_STREAMS = "its numbers are TensorFlow's own: tests/ops/random/test_streams.py, and the golden cases streams/"
_STATELESS = "its numbers are TensorFlow's own: the golden cases stateless/"

WITHOUT_A_CASE: dict[str, str] = {
    "Multinomial": _STREAMS,
    "RandomGamma": _STREAMS,
    "RandomPoissonV2": _STREAMS,
    "RandomShuffle": _STREAMS,
    "RandomStandardNormal": _STREAMS,
    "RandomUniform": _STREAMS,
    "RandomUniformInt": _STREAMS,
    "StatelessMultinomial": _STATELESS,
    "StatelessRandomNormal": _STATELESS,
    "StatelessRandomUniform": _STATELESS,
    "StatelessRandomUniformInt": _STATELESS,
    "StatelessTruncatedNormal": _STATELESS,
    "TruncatedNormal": _STREAMS,
}

# Compared with TensorFlow 1.15.5 in tests/golden (values, gradients, types, shapes), and nowhere else: a case in the
# table would also check strided inputs, in-place use, differences, and the device double.
ONLY_GOLDEN = frozenset(
    """
    ApplyAdadelta ApplyAdagrad ApplyAdam ApplyCenteredRMSProp ApplyFtrl ApplyFtrlV2 ApplyGradientDescent
    ApplyMomentum ApplyProximalAdagrad ApplyProximalGradientDescent ApplyRMSProp Assert Assign AssignAdd
    AssignSub AvgPool AvgPoolGrad BatchToSpaceND BiasAdd BiasAddGrad Bitcast BroadcastGradientArgs BroadcastTo
    CheckNumerics ConcatOffset ConcatV2 Const Conv2D Conv2DBackpropFilter Conv2DBackpropInput CountUpTo
    DenseToDenseSetOperation DepthwiseConv2dNative DepthwiseConv2dNativeBackpropFilter
    DepthwiseConv2dNativeBackpropInput DynamicPartition DynamicStitch Elu EluGrad ExpandDims Fill
    FusedBatchNormGradV3 FusedBatchNormV3 GatherNd GatherV2 GuaranteeConst IdentityN InTopKV2 InvertPermutation
    IsVariableInitialized L2Loss LeakyRelu LeakyReluGrad LinSpace ListDiff LogSoftmax MaxPool MaxPoolGrad
    MaxPoolGradGrad Merge MirrorPad MirrorPadGrad NoOp OneHot Pack Pad PadV2 ParallelDynamicStitch Placeholder
    PlaceholderWithDefault PreventGradient Print PyFunc PyFuncStateless Range Rank RefMerge RefSwitch Relu Relu6
    Relu6Grad ReluGrad ReverseSequence ReverseV2 Roll ScatterAdd ScatterDiv ScatterMax ScatterMin ScatterMul
    ScatterNd ScatterNdUpdate ScatterSub ScatterUpdate SegmentSum Select Selu SeluGrad Shape ShapeN Size Slice
    Softmax SoftmaxCrossEntropyWithLogits Softplus Softsign SoftsignGrad SpaceToBatchND SpaceToDepth
    SparseApplyAdadelta SparseApplyAdagrad SparseApplyCenteredRMSProp SparseApplyFtrl SparseApplyFtrlV2
    SparseApplyMomentum SparseApplyProximalAdagrad SparseApplyProximalGradientDescent SparseApplyRMSProp
    SparseSoftmaxCrossEntropyWithLogits Split SplitV StopGradient StridedSlice StridedSliceAssign
    StridedSliceGrad Switch Tile TopKV2 Unique Unpack UnsortedSegmentSum VariableV2 Where ZerosLike
    """.split()
)
