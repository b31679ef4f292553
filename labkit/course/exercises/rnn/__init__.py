"""Hour 3: recurrent networks.

additive_attention: additive attention with a padding mask
additive_slips: what goes wrong there
beam_search: a search that keeps several beginnings
beam_slips: what goes wrong there
lstm_cell: one step of an LSTM
lstm_slips: what goes wrong there
step: one step of Elman's network
"""
