"""Hour 3: recurrent networks.

step: one step of Elman's network
lstm_cell: one step of an LSTM
additive_attention: additive attention with a padding mask
last_states: a bug hunt: what each direction of a bidirectional network ended with
beam_search: a search that keeps several beginnings
step_slips: what goes wrong there
lstm_cell_slips: what goes wrong there
additive_attention_slips: what goes wrong there
last_states_slips: what goes wrong there
beam_search_slips: what goes wrong there
"""
