# Report R4, experiment 4, the other reading: the Lovász-Softmax loss alone,
# in the auxiliary head too.
# Expected on Pascal-Person-Part val: the report gives one figure for both
# readings, mIoU 58.76.
# python tools/train.py configs/dlv3p_r50_lovaszonly_pascalpart.py
_base_ = './dlv3p_r50_pascalpart.py'
lovasz = dict(_delete_=True, type='LovaszSoftmaxLoss')
model = dict(
    decode_head=dict(loss_decode=dict(**lovasz, loss_weight=1.0)),
    auxiliary_head=dict(loss_decode=dict(**lovasz, loss_weight=0.4)),
)
