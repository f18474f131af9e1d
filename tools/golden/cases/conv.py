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
