"""What goes between the grader and the sandbox, as plain bytes.

channel: what comes back from a submission, checked
outcomes: outcomes as documents, and back
parcel: cases as plain bytes, and back
"""
