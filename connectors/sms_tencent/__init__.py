"""Text messages through a gateway of Tencent Cloud's shape (SMS 2021-01-11, TC3-HMAC-SHA256).

A signed JSON request carries a template id and its parameters in order; the answer carries a serial
number for each recipient. Messages abroad, to Hong Kong, Macau and Taiwan use templates of their
own. Answers are not signed: nothing that raises a level may hang on one.
"""
