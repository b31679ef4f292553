"""Training curves that grow while the model learns.

explorer: LiveCurves, the curves and the progress of a run
smoothing: the trend of a noisy curve
"""
