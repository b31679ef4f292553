"""Hour 7: attention and the Transformer.

attend: scaled dot-product attention with a mask
multi_head: split into heads, attend, merge
positions: sinusoidal positions
block: one pre-norm block from its weight matrices
teacher_forcing: decoder inputs, shifted labels, causal and padding mask
attend_slips: what goes wrong there
multi_head_slips: what goes wrong there
positions_slips: what goes wrong there
block_slips: what goes wrong there
teacher_forcing_slips: what goes wrong there
"""
