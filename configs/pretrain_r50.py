# Pretrains ResNet-50-v1c by classification, for who has images but no
# internet: data/pretrain/{train,val}/<class>/*.jpg. Needs
# `pip install 'segplug[mmpretrain]'`. For plain ResNet-50 (reports R1, R5)
# add --cfg-options model.backbone.type=mmseg.ResNet. Then
#   tools/train.py configs/dlv3p_r50_pascalpart.py --pretrained
#   work_dirs/pretrain_r50/best_accuracy_top1_iter_N.pth
# Expected on ImageNet: MMPretrain's recipe reaches 77.0 % in 100 epochs.
# python tools/train.py configs/pretrain_r50.py
_base_ = [
    './_base_/models/classifier_r50.py',
    './_base_/datasets/pretrain.py',
    './_base_/schedules/sgd_100k.py',
    './_base_/default_runtime.py',
]
model = dict(head=dict(num_classes=_base_.num_classes))
custom_imports = dict(
    imports=['segplug', 'segplug.compat.with_mmpretrain'],
    allow_failed_imports=False,
)
