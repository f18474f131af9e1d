"""What all layers share that have a kernel and a bias."""

from __future__ import annotations

from graphrt_ops.library.layers.base import Layer


class WithKernel(Layer):
    """Keeps what the kernel and the bias start from, are regularized by and held to, and makes them."""

    def _set_kernel(self, initializer, regularizer, constraint) -> None:
        self.kernel_initializer = initializer
        self.kernel_regularizer = regularizer
        self.kernel_constraint = constraint

    def _set_bias(self, initializer, regularizer, constraint) -> None:
        self.bias_initializer = initializer
        self.bias_regularizer = regularizer
        self.bias_constraint = constraint

    def _make_kernel(self, shape) -> None:
        self.kernel = self.add_weight(
            "kernel",
            shape,
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )

    def _make_bias(self, size: int) -> None:
        """``self.bias``, None unless ``use_bias``."""
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                (size,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
