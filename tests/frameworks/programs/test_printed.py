from __future__ import annotations

from convanim.frameworks.model_files import read_text

RESIDUAL = """ResNet(
  (conv1): Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False)
  (bn1): BatchNorm2d(64, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
  (maxpool): MaxPool2d(kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=False)
  (layer1): Sequential(
    (0-1): 2 x BasicBlock(
      (conv1): Conv2d(64, 64, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)
      (relu): ReLU(inplace=True)
    )
  )
  (fc): Linear(in_features=512, out_features=1000, bias=True)
)
"""
SEQUENCE = """Sequential(
  (0): Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False)
  (1): ReLU(inplace=True)
  (2-3): 2 x Conv2d(64, 64, kernel_size=(3, 3), stride=(1, 1))
  (4): Flatten(start_dim=1, end_dim=-1)
)
"""
SUMMARY = """
Model: "sequential"
_________________________________________________________________
 Layer (type)                Output Shape              Param #
=================================================================
 conv2d (Conv2D)             (None, 26, 26, 32)        320

 max_pooling2d (MaxPooling2D  (None, 13, 13, 32)       0
 )

 conv2d_1 (Conv2D)           (None, 11, 11, 64)        18496
=================================================================
"""


def test_a_sequence_has_its_sizes() -> None:
    model = read_text(SEQUENCE, 32)
    assert [entry.name for entry in model.entries] == ["0", "2", "3"]
    assert [entry.layer and entry.layer.output_size for entry in model.entries] == [(16, 16), (14, 14), (12, 12)]


def test_a_class_of_ones_own_has_its_layers_and_parameters_but_no_sizes() -> None:
    model = read_text(RESIDUAL, 224)
    assert [entry.name for entry in model.entries] == ["conv1", "maxpool", "layer1.0.conv1", "layer1.1.conv1"]
    assert all(entry.layer is None for entry in model.entries)
    assert model.parameters == 9408 + 2 * 36864
    assert model.notes[0] == (
        "a print does not say how the parts of ResNet are joined; give the source, the object or an ONNX file to know"
    )


def test_a_table_of_keras_has_sizes_and_parameters_but_no_kernels() -> None:
    model = read_text(SUMMARY)
    assert [entry.name for entry in model.entries] == ["conv2d", "conv2d_1"] or len(model.entries) == 3
    assert model.parameters == 320 + 18496
    assert all(entry.layer is None for entry in model.entries)
    assert "does not say kernels, strides and padding" in model.notes[0]


def test_lines_that_a_print_leaves_out_are_said_and_sizes_behind_them_stay_open() -> None:
    model = read_text(SEQUENCE.replace("  (1): ReLU(inplace=True)\n", "  ...\n"), 32)
    assert [entry.layer is not None for entry in model.entries] == [True, False, False]
    assert model.notes[0].startswith("the print leaves layers out in line 3")
    assert "at its end" in read_text(SEQUENCE.rpartition(")")[0], 32).notes[0]


TORCH_TABLES = [
    """
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1           [-1, 64, 112, 112]           9,408
       BatchNorm2d-2           [-1, 64, 112, 112]             128
         MaxPool2d-3             [-1, 64, 56, 56]               0
""",
    """
Layer (type:depth-idx)   Input Shape         Output Shape         Param #   Kernel Shape
Net                      [1, 3, 224, 224]    [1, 10]              --        --
├─Sequential: 1-1        [1, 3, 224, 224]    [1, 64, 56, 56]      --        --
│    └─Conv2d: 2-1       [1, 3, 224, 224]    [1, 64, 112, 112]    9,408     [7, 7]
│    └─MaxPool2d: 2-2    [1, 64, 112, 112]   [1, 64, 56, 56]      --        2
""",
]


def test_tables_of_pytorch_have_what_each_layer_makes_and_its_parameters() -> None:
    for table in TORCH_TABLES:
        model = read_text(table)
        assert [entry.operation for entry in model.entries] == ["torch.nn.Conv2d", "torch.nn.MaxPool2d"]
        assert model.parameters == 9408
        assert model.entries[0].why.startswith("it makes 112×112, 64 channels")
