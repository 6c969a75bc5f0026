# Report R5: DeepLabV3 with ResNet-50 and ASPP rates 8/12/16 at 256×256, all
# trained; Adam, batches of 4, 73 200 iterations (200 epochs), the rate a
# tenth in the last 20. Chosen, since the report does not say it: backbone
# from ImageNet, output stride 8, rate 1e-4, no augmentation.
# Expected on VOC 2012 val: mIoU 54.82 (precision 0.9887, recall 0.9886 and F1
# 0.9829, which can only be over pixels).
# python tools/train.py configs/dlv3_r50_rates8-12-16_voc12.py
_base_ = [
    './_base_/models/dlv3_r50.py',
    './_base_/datasets/voc12.py',
    './_base_/schedules/adam_200e.py',
    './_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    pretrained='torchvision://resnet50',
    decode_head=dict(num_classes=_base_.num_classes, dilations=(1, 8, 12, 16)),
)
