{{ gru.js }}

{{ product.js }}

{{ matrix.js }}

{{ weights.js }}

{{ random.js }}

{{ prompt.js }}

{{ writer.js }}
