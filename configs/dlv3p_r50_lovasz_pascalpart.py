# Report R4, experiment 4: DeepLabV3+ R50, pretrained, with cross-entropy and
# the Lovász-Softmax loss (the report does not say whether it kept
# cross-entropy, nor the weights: the sum of both was chosen).
# Expected on Pascal-Person-Part val: mIoU 58.76, mAcc 70.38.
# python tools/train.py configs/dlv3p_r50_lovasz_pascalpart.py
_base_ = './dlv3p_r50_pascalpart.py'
model = dict(
    decode_head=dict(
        loss_decode=[
            dict(type='CrossEntropyLoss', loss_weight=1.0),
            dict(type='LovaszSoftmaxLoss', loss_weight=1.0),
        ]
    )
)
