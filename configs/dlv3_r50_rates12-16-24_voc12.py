# Report R5: the rates 12/16/24 that it tried too; all else as with 8/12/16.
# Expected on VOC 2012 val: "worse" than rates 8/12/16 with mIoU 54.82; no
# figure in the report.
# python tools/train.py configs/dlv3_r50_rates12-16-24_voc12.py
_base_ = './dlv3_r50_rates8-12-16_voc12.py'
model = dict(decode_head=dict(dilations=(1, 12, 16, 24)))
