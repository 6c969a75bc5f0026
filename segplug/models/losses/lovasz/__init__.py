"""The Lovász losses as functions; ``docs/lovasz.md`` derives them.

* :mod:`.sorted` is the definition, by sorting.
* :mod:`.softmax_binned` and :mod:`.hinge_binned` count in bins instead.
* For the softmax :mod:`.counting` has the steps: :mod:`.own` counts the
  labels' classes, :mod:`.ruler` chooses the bins, :mod:`.slopes` makes their
  counts into slopes, and :mod:`.refine` gives exact weights where the order in
  a bin matters most. :mod:`.bins` and :mod:`.blocks` are what they share.
* The passes that take most of the time are those of a backend:
  :mod:`.torch_backend` or :mod:`.numba_backend`; :mod:`.triton_backend` takes
  the steps in its own way.
"""
