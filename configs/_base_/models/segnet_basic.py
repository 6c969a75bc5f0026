# SegNet-Basic: four encoders and decoders of one 7×7 convolution with 64
# channels, local response normalisation of the raw image (0 … 255), a 1×1
# classifier. From scratch.
_base_ = './segnet.py'
model = dict(
    data_preprocessor=dict(mean=[0.0, 0.0, 0.0], std=[1.0, 1.0, 1.0]),
    pretrained=None,
    backbone=dict(
        widths=(64, 64, 64, 64),
        num_convs=(1, 1, 1, 1),
        decoder_convs=(1, 1, 1, 1),
        kernel_size=7,
        local_response=True,
    ),
    decode_head=dict(kernel_size=1),
)
