"""Modules of libraries that are made of other layers, as text that is read like a program."""

from __future__ import annotations

_TORCHVISION = """
import torch
from torch import nn

def _many(value, dims):
    return tuple(value) if isinstance(value, (list, tuple)) else (value,) * dims

class _Block(nn.Sequential):
    def __init__(self, dims, convolution, in_channels, out_channels, kernel_size, stride, padding, groups,
                 norm_layer, activation_layer, dilation, bias):
        if padding is None:
            sizes = zip(_many(kernel_size, dims), _many(dilation, dims))
            padding = tuple((size - 1) // 2 * step for size, step in sizes)
        bias = norm_layer is None if bias is None else bias
        parts = [convolution(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias)]
        if norm_layer is not None:
            parts.append(norm_layer(out_channels))
        if activation_layer is not None:
            parts.append(activation_layer())
        super().__init__(*parts)
        self.out_channels = out_channels

class Conv2dNormActivation(_Block):
    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding=None, groups=1,
                 norm_layer=nn.BatchNorm2d, activation_layer=nn.ReLU, dilation=1, inplace=True, bias=None):
        super().__init__(2, nn.Conv2d, in_channels, out_channels, kernel_size, stride, padding, groups,
                         norm_layer, activation_layer, dilation, bias)

ConvNormActivation = Conv2dNormActivation

class Conv3dNormActivation(_Block):
    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding=None, groups=1,
                 norm_layer=nn.BatchNorm3d, activation_layer=nn.ReLU, dilation=1, inplace=True, bias=None):
        super().__init__(3, nn.Conv3d, in_channels, out_channels, kernel_size, stride, padding, groups,
                         norm_layer, activation_layer, dilation, bias)

class SqueezeExcitation(nn.Module):
    def __init__(self, input_channels, squeeze_channels, activation=nn.ReLU, scale_activation=nn.Sigmoid):
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(input_channels, squeeze_channels, 1)
        self.fc2 = nn.Conv2d(squeeze_channels, input_channels, 1)
    def forward(self, input):
        return self.fc2(self.fc1(self.avgpool(input))) * input

class Permute(nn.Module):
    def __init__(self, dims):
        super().__init__()
        self.dims = dims
    def forward(self, x):
        return torch.permute(x, self.dims)
"""

TEXTS = {"torchvision.ops": _TORCHVISION}
"""By the beginnings of the full names of the modules that they define."""


def text_of(path: str) -> str:
    """Return the text that defines a module of a library, nothing where there is none."""
    short = path.rpartition(".")[2]
    marks = (f"\n{short} = ", f"\nclass {short}(")
    found = (text for start, text in TEXTS.items() if path.startswith(start) and any(mark in text for mark in marks))
    return next(found, "")
