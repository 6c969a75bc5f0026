# Report R3: SegNet-Basic on 70 images of BDD100K at 360×640, scaled to
# [−1, 1] one by one, Adam, batches of 4 (it says 2 or 4). It gives neither
# rate nor length: rate 0.001 and U-Lite's 6650 iterations, here 380 epochs of
# the first 70 images, were chosen; validated every 10 epochs, stopped after 50
# without a better accuracy. Fair against U-Lite: --cfg-options
# train_dataloader.dataset.indices=700.
# Expected on the test split: mIoU 3.51 over the 32 classes with a score,
# best sky 44.0 and vegetation 41.0.
# python tools/train.py configs/segnet_basic_bdd100k.py
_base_ = [
    './_base_/models/segnet_basic.py',
    './_base_/datasets/bdd100k.py',
    './_base_/schedules/adam_38e.py',
    './_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(
        type='SampleScalingDataPreProcessor',
        mean=None,
        std=None,
        size=_base_.crop_size,
    ),
    decode_head=dict(num_classes=_base_.num_classes),
)
train_dataloader = dict(dataset=dict(indices=70))
