"""Hour 7: attention and the Transformer.

attend: scaled dot-product attention with a mask
attend_slips: what goes wrong there
multi_head: split into heads, attend, merge
positions: sinusoidal positions
teacher_forcing: decoder inputs, shifted labels, causal and padding mask
"""
