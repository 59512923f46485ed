"""The national population library, two-factor: does this name belong to this citizen number?

Shape from public sources (the authority's own documents are not public): a signed form of `gmsfhm`
and `xm` goes out; `result_gmsfhm` and `result_xm` come back, each 一致 or 不一致, or
库中无此号，请到户籍所在地进行核实. `wire` states our reading of it; see docs/guides/connectors.md.
"""
