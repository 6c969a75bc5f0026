# Report R4, experiment 2: DeepLabV3+ R50 from scratch; all else as in
# experiment 3, dlv3p_r50_pascalpart.py.
# Expected on Pascal-Person-Part val: mIoU 24.31, mAcc 29.89.
# python tools/train.py configs/dlv3p_r50_scratch_pascalpart.py
_base_ = './dlv3p_r50_pascalpart.py'
model = dict(pretrained=None)
