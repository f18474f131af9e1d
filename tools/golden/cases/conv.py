"""Golden cases of convolution and pooling: paddings, strides, dilations, layouts, unknown sizes, second order."""

from tools.golden.families import exact, fails, integers, table, uniform

EVERY = ["float32", "float64", "batch", "dims"]


def conv(strides=(1, 1), padding="SAME", dilations=(1, 1), **options):
    def build(tf, x, w):
        return tf.nn.conv2d(
            x, w, [1] + list(strides) + [1], padding, dilations=[1] + list(dilations) + [1], **options
        )  # fmt: skip

    return build


CONVOLUTIONS = [
    # name, input, filter, strides, padding, dilations
    ("3x3_same", (2, 5, 6, 2), (3, 3, 2, 3), (1, 1), "SAME", (1, 1)),
    ("3x3_valid", (2, 5, 6, 2), (3, 3, 2, 3), (1, 1), "VALID", (1, 1)),
    ("3x3_same_s2", (2, 5, 6, 2), (3, 3, 2, 2), (2, 2), "SAME", (1, 1)),
    ("3x3_valid_s2", (1, 6, 7, 1), (3, 3, 1, 2), (2, 2), "VALID", (1, 1)),
    ("2x3_same_s12", (1, 5, 7, 2), (2, 3, 2, 1), (1, 2), "SAME", (1, 1)),
    ("1x1", (2, 3, 3, 3), (1, 1, 3, 2), (1, 1), "SAME", (1, 1)),
    ("1x1_s3_valid", (1, 4, 4, 1), (1, 1, 1, 1), (3, 3), "VALID", (1, 1)),
    ("5x5_small", (1, 3, 3, 1), (5, 5, 1, 2), (1, 1), "SAME", (1, 1)),
    ("4x4_even", (1, 4, 5, 1), (4, 4, 1, 1), (1, 1), "SAME", (1, 1)),
    ("3x3_same_s3", (1, 7, 8, 1), (3, 3, 1, 1), (3, 3), "SAME", (1, 1)),
    ("dilated_same", (1, 6, 6, 1), (3, 3, 1, 2), (1, 1), "SAME", (2, 2)),
    ("dilated_valid", (1, 7, 8, 2), (3, 2, 2, 1), (1, 1), "VALID", (2, 3)),
    ("full_window", (2, 3, 3, 2), (3, 3, 2, 2), (1, 1), "VALID", (1, 1)),
]

for _index, (_name, _image, _filter, _strides, _padding, _dilations) in enumerate(CONVOLUTIONS):
    _variants = EVERY if _index < 3 else ["float32", "batch"]
    if _dilations != (1, 1):  # TensorFlow's CPU kernels have no gradient of a dilated convolution
        _variants = ["value", "value_batch", "graph"]
    table([("conv2d_" + _name, conv(_strides, _padding, _dilations), [uniform(*_image), uniform(*_filter)], _variants)])

SMALL = [uniform(1, 4, 4, 2), uniform(3, 3, 2, 2)]
table(
    [
        ("conv2d_second", conv(), SMALL, ["second", "second_batch"]),
        ("conv2d_s2_second", conv((2, 2), "VALID"), SMALL, ["second"]),
        ("conv2d_named", conv(name="features", use_cudnn_on_gpu=False), SMALL, ["float32"]),
        ("conv2d_filters", lambda tf, x, w: tf.nn.conv2d(x, filters=w, strides=2, padding="VALID"), SMALL, ["float32"]),
        ("conv2d_stride_list", lambda tf, x, w: tf.nn.conv2d(x, w, strides=[2, 1], padding="SAME"), SMALL, ["float32"]),
        ("conv2d_explicit", lambda tf, x, w: tf.nn.conv2d(x, w, [1, 1, 1, 1], [[0, 0], [1, 2], [0, 1], [0, 0]]), SMALL, ["float32"]),
        ("conv2d_default_strides", lambda tf, x, w: tf.nn.conv2d(x, w, padding="SAME"), SMALL, ["float32"]),
        fails("conv2d_channels_differ", conv(), [uniform(1, 4, 4, 3), uniform(3, 3, 2, 2)], ["float32"]),
        fails("conv2d_rank3", conv(), [uniform(4, 4, 2), uniform(3, 3, 2, 2)], ["float32"]),
        fails("conv2d_bad_padding", conv(padding="FULL"), SMALL, ["float32"]),
        fails("conv2d_too_small", conv(padding="VALID"), [uniform(1, 2, 2, 1), uniform(3, 3, 1, 1)], ["float32"]),
        fails("conv2d_int", conv(), [integers(1, 3, 3, 1), integers(2, 2, 1, 1)], ["float32"]),
        ("conv2d_no_batch", conv(), [uniform(0, 4, 4, 1), uniform(3, 3, 1, 2)], ["float32", "batch"]),
        ("conv2d_relu_bias", lambda tf, x, w, b: tf.nn.relu(tf.nn.bias_add(conv()(tf, x, w), b)), SMALL + [uniform(2)], ["float32", "batch"]),
        ("conv2d_transpose", lambda tf, x, w: tf.nn.conv2d_transpose(x, w, [1, 8, 8, 1], [1, 2, 2, 1]), [uniform(1, 4, 4, 2), uniform(3, 3, 1, 2)], ["float32", "batch"]),
        ("depthwise_conv2d", lambda tf, x, w: tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "SAME"), [uniform(1, 4, 4, 2), uniform(3, 3, 2, 2)], ["float32"]),
        ("conv1d", lambda tf, x, w: tf.nn.conv1d(x, w, 1, "SAME"), [uniform(2, 5, 2), uniform(3, 2, 3)], ["float32", "batch"]),
        ("convolution", lambda tf, x, w: tf.nn.convolution(x, w, "SAME"), SMALL, ["float32"]),
        ("atrous_conv2d", lambda tf, x, w: tf.nn.atrous_conv2d(x, w, 2, "VALID"), [uniform(1, 6, 6, 2), uniform(2, 2, 2, 1)], ["float32"]),
    ]
)  # fmt: skip


def pool(kind, size=(2, 2), strides=(2, 2), padding="VALID", **options):
    def build(tf, x):
        return getattr(tf.nn, kind)(x, [1] + list(size) + [1], [1] + list(strides) + [1], padding, **options)

    return build


POOLS = [
    ("2x2_valid", (2, 4, 6, 2), (2, 2), (2, 2), "VALID"),
    ("2x2_same", (2, 5, 5, 2), (2, 2), (2, 2), "SAME"),
    ("3x3_s2_same", (1, 6, 7, 1), (3, 3), (2, 2), "SAME"),
    ("3x3_s2_valid", (1, 7, 6, 1), (3, 3), (2, 2), "VALID"),
    ("overlap", (1, 4, 5, 2), (2, 3), (1, 1), "SAME"),
    ("overlap_valid", (1, 4, 5, 2), (3, 2), (1, 1), "VALID"),
    ("gaps", (1, 6, 6, 1), (1, 1), (2, 3), "VALID"),
    ("whole", (2, 3, 3, 2), (3, 3), (1, 1), "VALID"),
]
TIES = exact([[[[5.0], [5.0], [1.0]], [[5.0], [5.0], [1.0]], [[0.0], [0.0], [0.0]]]])

for _kind in ("max_pool", "avg_pool"):
    for _index, (_name, _image, _size, _strides, _padding) in enumerate(POOLS):
        _variants = EVERY if _index < 2 else ["float32", "batch"]
        table([(_kind + "_" + _name, pool(_kind, _size, _strides, _padding), [uniform(*_image)], _variants)])
    table(
        [
            (_kind + "_second", pool(_kind, padding="SAME"), [uniform(1, 3, 3, 1)], ["second", "second_batch"]),
            (
                _kind + "_square_second",
                lambda tf, x, k=_kind: pool(k)(tf, tf.square(x)),
                [uniform(1, 4, 4, 1)],
                ["second"],
            ),
            (_kind + "_ties", pool(_kind, (2, 2), (1, 1), "SAME"), [TIES], ["ones"]),
            (_kind + "_named", pool(_kind, name="pooled"), [uniform(1, 4, 4, 1)], ["float32"]),
            fails(_kind + "_too_small", pool(_kind, (3, 3)), [uniform(1, 2, 2, 1)], ["float32"]),
            fails(_kind + "_rank3", pool(_kind), [uniform(4, 4, 1)], ["float32"]),
            fails(_kind + "_bad_padding", pool(_kind, padding="HALF"), [uniform(1, 4, 4, 1)], ["float32"]),
            (_kind + "_empty", pool(_kind), [uniform(0, 4, 4, 1)], ["float32", "batch"]),
        ]
    )


def network(tf, x, w1, b1, w2):
    """The shape of every small CNN script: conv, bias, relu, pool, flatten, matmul, softmax cross-entropy."""
    hidden = tf.nn.relu(tf.nn.conv2d(x, w1, strides=[1, 1, 1, 1], padding="SAME") + b1)
    pooled = tf.nn.max_pool(hidden, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")
    logits = tf.matmul(tf.reshape(pooled, [-1, 3 * 3 * 2]), w2)
    labels = tf.one_hot([0, 2], 3, dtype=x.dtype)
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits))


table([("cnn", network, [uniform(2, 6, 6, 1), uniform(3, 3, 1, 2), uniform(2), uniform(18, 3)])])


# ------------------------------------------------------------------------------- other ranks, dilations, morphology

VOLUME = [uniform(1, 4, 5, 4, 2), uniform(2, 3, 2, 2, 3)]
EVERY_WAY = ["float32", "batch", "dims"]


def conv3d(strides=(1, 1, 1), padding="SAME"):
    return lambda tf, x, w: tf.nn.conv3d(x, w, [1] + list(strides) + [1], padding)


def depthwise(strides=1, padding="SAME", **options):
    return lambda tf, x, w: tf.nn.depthwise_conv2d(x, w, [1, strides, strides, 1], padding, **options)


table(
    [
        ("conv3d", conv3d(), VOLUME, EVERY),
        ("conv3d_strided", conv3d((1, 2, 2), "VALID"), VOLUME, ["float32", "batch"]),
        ("conv3d_second", conv3d(), VOLUME, ["second"]),
        ("conv3d_transpose", lambda tf, x, w: tf.nn.conv3d_transpose(x, w, [1, 4, 5, 4, 2], [1, 1, 2, 2, 1]), [uniform(1, 4, 3, 2, 3), VOLUME[1]], ["float32"]),
        fails("conv3d_channels_differ", conv3d(), [uniform(1, 4, 4, 4, 3), VOLUME[1]]),
        ("convolution_1d", lambda tf, x, w: tf.nn.convolution(x, w, "SAME"), [uniform(2, 5, 2), uniform(3, 2, 3)], EVERY_WAY),
        ("convolution_3d", lambda tf, x, w: tf.nn.convolution(x, w, "VALID"), VOLUME, ["float32"]),
        ("convolution_strided", lambda tf, x, w: tf.nn.convolution(x, w, "SAME", strides=[2, 1]), SMALL, EVERY_WAY),
        ("convolution_dilated", lambda tf, x, w: tf.nn.convolution(x, w, "SAME", dilation_rate=[2, 2]), [uniform(1, 6, 5, 2), SMALL[1]], ["float32"]),
        ("convolution_dilated_valid", lambda tf, x, w: tf.nn.convolution(x, w, "VALID", dilation_rate=[2, 1], name="holes"), [uniform(1, 8, 8, 2), SMALL[1]], EVERY_WAY),
        ("convolution_dilated_1d", lambda tf, x, w: tf.nn.convolution(x, w, "SAME", dilation_rate=[2]), [uniform(2, 7, 2), uniform(3, 2, 3)], ["float32"]),
        fails("convolution_strided_and_dilated", lambda tf, x, w: tf.nn.convolution(x, w, "SAME", strides=[2, 2], dilation_rate=[2, 2]), SMALL),
        ("atrous_conv2d_same", lambda tf, x, w: tf.nn.atrous_conv2d(x, w, 2, "SAME", name="atrous"), [uniform(1, 5, 6, 2), SMALL[1]], ["float32"]),
        ("atrous_conv2d_transpose", lambda tf, x, w: tf.nn.atrous_conv2d_transpose(x, w, [1, 7, 7, 2], 2, "VALID"), [uniform(1, 3, 3, 2), SMALL[1]], ["float32"]),
        ("atrous_conv2d_transpose_same", lambda tf, x, w: tf.nn.atrous_conv2d_transpose(x, w, [1, 5, 6, 2], 2, "SAME"), [uniform(1, 5, 6, 2), SMALL[1]], ["float32"]),
        ("conv1d_strided", lambda tf, x, w: tf.nn.conv1d(x, w, 2, "VALID", name="signal"), [uniform(2, 7, 2), uniform(3, 2, 3)], EVERY_WAY),
        ("conv1d_transpose", lambda tf, x, w: tf.nn.conv1d_transpose(x, w, [2, 8, 3], 2), [uniform(2, 4, 2), uniform(3, 3, 2)], ["float32"]),
        ("conv2d_transpose_valid", lambda tf, x, w: tf.nn.conv2d_transpose(x, w, [1, 9, 9, 1], [1, 2, 2, 1], "VALID"), [uniform(1, 4, 4, 2), uniform(3, 3, 1, 2)], ["float32", "batch"]),
        ("conv2d_transpose_second", lambda tf, x, w: tf.nn.conv2d_transpose(x, w, [1, 4, 4, 1], 2), [uniform(1, 2, 2, 2), uniform(3, 3, 1, 2)], ["second"]),
        ("conv2d_transpose_output_tensor", lambda tf, x, w: tf.nn.conv2d_transpose(x, w, tf.stack([tf.shape(x)[0], 8, 8, 1]), 2), [uniform(1, 4, 4, 2), uniform(3, 3, 1, 2)], ["float32", "batch"]),
        ("conv2d_backprop_input", lambda tf, x, w: tf.nn.conv2d_backprop_input([1, 4, 4, 2], w, x, [1, 1, 1, 1], "SAME"), SMALL, ["float32"]),
        ("conv2d_backprop_filter", lambda tf, x, y: tf.nn.conv2d_backprop_filter(x, [3, 3, 2, 3], y, [1, 2, 2, 1], "SAME"), [SMALL[0], uniform(1, 2, 2, 3)], ["float32"]),
        ("depthwise_conv2d_strided", depthwise(2, "VALID", name="apart"), [uniform(1, 5, 6, 2), uniform(3, 3, 2, 2)], EVERY_WAY),
        ("depthwise_conv2d_dilated", depthwise(rate=[2, 2]), [uniform(1, 5, 6, 2), uniform(3, 3, 2, 2)], ["float32"]),
        ("depthwise_conv2d_second", depthwise(), [uniform(1, 4, 4, 2), uniform(3, 3, 2, 1)], ["second"]),
        fails("depthwise_conv2d_channels", depthwise(), [uniform(1, 4, 4, 3), uniform(3, 3, 2, 1)]),
        ("separable_conv2d", lambda tf, x, d, p: tf.nn.separable_conv2d(x, d, p, [1, 1, 1, 1], "SAME"), [uniform(1, 4, 4, 2), uniform(3, 3, 2, 2), uniform(1, 1, 4, 3)], ["float32", "batch"]),
        ("separable_conv2d_dilated", lambda tf, x, d, p: tf.nn.separable_conv2d(x, d, p, [1, 1, 1, 1], "VALID", rate=[1, 2]), [uniform(1, 6, 6, 2), uniform(3, 3, 2, 1), uniform(1, 1, 2, 3)], ["float32"]),
        ("dilation2d", lambda tf, x, w: tf.nn.dilation2d(x, w, [1, 1, 1, 1], [1, 1, 1, 1], "SAME"), [uniform(1, 5, 6, 2), uniform(3, 3, 2)], ["float32", "batch"]),
        ("dilation2d_strided", lambda tf, x, w: tf.nn.dilation2d(x, w, [1, 2, 1, 1], [1, 1, 2, 1], "VALID"), [uniform(1, 6, 7, 1), uniform(2, 3, 1)], ["float32"]),
        ("erosion2d", lambda tf, x, w: tf.nn.erosion2d(x, w, [1, 1, 1, 1], [1, 1, 1, 1], "SAME"), [uniform(1, 5, 5, 2), uniform(3, 3, 2)], ["float32"]),
    ]
)  # fmt: skip


def pool3d(kind):
    return lambda tf, x: getattr(tf.nn, kind)(x, [1, 2, 2, 2, 1], [1, 2, 1, 2, 1], "SAME")


for _kind in ("max", "avg"):
    _name = _kind.upper()
    table(
        [
            (_kind + "_pool3d", pool3d(_kind + "_pool3d"), [uniform(1, 4, 4, 5, 2)], ["float32", "batch"]),
            (_kind + "_pool3d_second", lambda tf, x, k=_kind: pool3d(k + "_pool3d")(tf, tf.square(x)), [uniform(1, 3, 4, 3, 1)], ["second_batch"]),
            (_kind + "_pool1d", lambda tf, x, k=_kind: getattr(tf.nn, k + "_pool1d")(x, 2, 2, "SAME"), [uniform(2, 5, 3)], ["float32", "batch"]),
            (_kind + "_pool_v2", lambda tf, x, k=_kind: getattr(tf.nn, k + "_pool_v2")(x, 3, 2, "VALID"), [uniform(1, 7, 6, 2)], ["float32", "batch"]),
            (_kind + "_pool2d", lambda tf, x, k=_kind: getattr(tf.nn, k + "_pool2d")(x, 2, 1, "SAME"), [uniform(1, 4, 4, 2)], ["float32", "batch"]),
            (_kind + "_pool_any", lambda tf, x, k=_name: tf.nn.pool(x, [2, 3], k, "SAME", strides=[2, 1], name="pooled"), [uniform(1, 5, 6, 2)], EVERY_WAY),
            (_kind + "_pool_any_1d", lambda tf, x, k=_name: tf.nn.pool(x, [2], k, "VALID"), [uniform(2, 5, 2)], ["float32", "batch"]),
            (_kind + "_pool_any_dilated", lambda tf, x, k=_name: tf.nn.pool(x, [2, 2], k, "VALID", dilation_rate=[2, 2]), [uniform(1, 6, 6, 2)], ["float32"]),
            fails(_kind + "_pool_any_dilated_same", lambda tf, x, k=_name: tf.nn.pool(x, [2, 2], k, "SAME", dilation_rate=[2, 2]), [uniform(1, 6, 6, 2)]),
        ]
    )  # fmt: skip

table(
    [
        ("max_pool_with_argmax", lambda tf, x: list(tf.nn.max_pool_with_argmax(x, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")), [uniform(2, 4, 5, 2)], ["float32", "batch"]),
        ("max_pool_with_argmax_batch_index", lambda tf, x: list(tf.nn.max_pool_with_argmax(x, [1, 2, 2, 1], [1, 2, 2, 1], "VALID", include_batch_in_index=True)), [uniform(2, 4, 4, 2)], ["value"]),
        ("max_pool_with_argmax_int32", lambda tf, x: list(tf.nn.max_pool_with_argmax(x, [1, 2, 2, 1], [1, 1, 1, 1], "VALID", Targmax=tf.int32, name="arg")), [uniform(1, 3, 3, 1)], ["graph"]),
    ]
)  # fmt: skip
