# DeepLabV3 with ResNet-101 as in report R2 and the paper: 7×7 stem, only
# block 4 dilated (2), so output stride 16 and 33×33 features of 513×513 px;
# branches of 256 channels merged by a 1×1 projection, then the classifier.
# Multi-grid (1, 2, 4): backbone=dict(multi_grid=(2, 4, 8)), since MMSeg wants
# the product of unit rates and block rate.
_base_ = './dlv3_r50.py'
model = dict(
    pretrained='torchvision://resnet101',
    backbone=dict(
        depth=101,
        strides=(1, 2, 2, 1),
        dilations=(1, 1, 1, 2),
        contract_dilation=False,
    ),
    decode_head=dict(dilations=(1, 6, 12, 18), project_dropout=0, num_convs=0),
)
