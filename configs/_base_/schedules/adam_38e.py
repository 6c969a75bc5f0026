# Report R3: Adam, at most 38 epochs of 700 images in batches of 4: 38 ·
# 700/4 = 6650 iterations, validated after each epoch. The rate 0.001 and the
# patience of 5 epochs were chosen; training ends with the best weights.
_base_ = ['./keep_best.py', '../early_stopping.py']
optim_wrapper = dict(optimizer=dict(_delete_=True, type='Adam', lr=1e-3))
param_scheduler = []
train_cfg = dict(max_iters=6650, val_interval=175)
default_hooks = dict(
    checkpoint=dict(interval=175, save_best='aAcc'), **_base_.early_stopping
)
default_hooks['early_stopping'].update(monitor='aAcc')
