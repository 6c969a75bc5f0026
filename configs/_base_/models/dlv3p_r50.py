# DeepLabV3+ with ResNet-50-v1c at output stride 8, as in MMSegmentation, but
# with the ASPP head whose rates and kernels can be set branch by branch.
_base_ = 'mmseg::_base_/models/deeplabv3plus_r50-d8.py'
model = dict(decode_head=dict(type='ConfigurableASPPHead', separable=True))
