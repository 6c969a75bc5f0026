# The system of report R4's experiment 3 with a backbone of MMPretrain, whose
# models are all at hand as type='mmpretrain.…': ConvNeXt-T from ImageNet,
# with AdamW as its paper uses. Needs `pip install 'segplug[mmpretrain]'`.
# Expected on Pascal-Person-Part val: no published figure; R50 reached 59.32.
# python tools/train.py configs/dlv3p_convnext-tiny_pascalpart.py
_base_ = './dlv3p_r50_pascalpart.py'
custom_imports = dict(imports=['segplug', 'segplug.compat.with_mmpretrain'])
weights = 'https://download.openmmlab.com/mmclassification/v0/convnext/'
weights += 'convnext-tiny_32xb128-noema_in1k_20221208-5d4509c7.pth'
model = dict(
    pretrained=None,
    backbone=dict(
        _delete_=True,
        type='mmpretrain.ConvNeXt',
        arch='tiny',
        out_indices=[0, 1, 2, 3],
        gap_before_final_norm=False,
        init_cfg=dict(type='Pretrained', checkpoint=weights),
    ),
    decode_head=dict(in_channels=768, c1_in_channels=96),
    auxiliary_head=dict(in_channels=384),
)
optimizer = dict(_delete_=True, type='AdamW', lr=1e-4, weight_decay=0.05)
optim_wrapper = dict(optimizer=optimizer)
