# U-Net with FCN heads as in MMSegmentation. Whole-image inference padded to
# a multiple of 16 px makes it work at any image size.
_base_ = 'mmseg::_base_/models/fcn_unet_s5-d16.py'
model = dict(
    data_preprocessor=dict(test_cfg=dict(size_divisor=16)),
    test_cfg=dict(_delete_=True, mode='whole'),
)
