// Runs the official tokenizers library for the tests: requests on standard input, answers on descriptor 3, one at a time.
//
// request:  int32 length, then int32 header length, header (JSON), texts
// answer:   int32 length, then int32 status (0: done, 1: refused), then
//           refused: the library's message; texts commands: texts; the others: int32 values
// texts:    int32 count, int32 length of each in bytes, UTF-8 bytes
//
// All numbers are little-endian. A panic of the library ends the process.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { BPE, Tokenizer, Unigram } from 'tokenizers'

let tokenizer = null

// Its text, and the same tokenizer without a post-processor, made when it is first needed.
let text = ''
let plain = null

const commands = {
  load(header, [json]) {
    tokenizer = Tokenizer.fromString(json)
    text = json
    plain = null
    return new Integers()
  },

  truncate({ truncation }) {
    if (truncation) setTruncation(truncation)
    else tokenizer.disableTruncation()
    return new Integers()
  },

  async ids({ addSpecialTokens }, texts) {
    const result = new Integers()
    for (const encoding of await tokenizer.encodeBatch(texts, { addSpecialTokens })) result.addList(encoding.getIds())
    return result
  },

  async encode({ addSpecialTokens }, texts) {
    const result = new Integers()
    for (const encoding of await tokenizer.encodeBatch(texts, { addSpecialTokens })) result.addEncoding(encoding)
    return result
  },

  // One call for each: encodeBatch takes no pairs, whatever its declaration says.
  async encodePairs({ addSpecialTokens }, texts) {
    const pending = []
    for (let i = 0; i < texts.length; i += 2) pending.push(tokenizer.encode(texts[i], texts[i + 1], { addSpecialTokens }))
    const result = new Integers()
    for (const encoding of await Promise.all(pending)) result.addEncoding(encoding)
    return result
  },

  // While truncation is set, encoding stops where the first window is full; postProcess over whole texts knows all of
  // them. They must not be processed before: offsets would be trimmed twice.
  async windows({ addSpecialTokens, pairs, truncation }, texts) {
    plain ??= Tokenizer.fromString(JSON.stringify({ ...JSON.parse(text), post_processor: null, truncation: null }))
    const encodings = await plain.encodeBatch(texts, { addSpecialTokens: false })
    setTruncation(truncation)
    const result = new Integers()
    for (let i = 0; i < encodings.length; i += pairs ? 2 : 1)
      result.addEncoding(tokenizer.postProcess(encodings[i], pairs ? encodings[i + 1] : null, addSpecialTokens))
    tokenizer.disableTruncation()
    return result
  },

  async tokens({ addSpecialTokens }, texts) {
    return (await tokenizer.encodeBatch(texts, { addSpecialTokens })).map(encoding => JSON.stringify(encoding.getTokens()))
  },

  normalize(header, texts) {
    const normalizer = tokenizer.getNormalizer()
    return texts.map(text => normalizer.normalizeString(text))
  },

  decode({ ids, skipSpecialTokens }) {
    return tokenizer.decodeBatch(ids, skipSpecialTokens)
  },

  // The loaded tokenizer's parts around a new model, with the default trainer's settings.
  train({ model, files }) {
    tokenizer.setModel({ BPE, Unigram }[model].empty())
    tokenizer.train(files)
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'thaw-reference-'))
    try {
      const file = path.join(directory, 'tokenizer.json')
      tokenizer.save(file)
      text = fs.readFileSync(file, 'utf8')
      plain = null
      return [text]
    } finally {
      fs.rmSync(directory, { recursive: true })
    }
  },
}

function setTruncation({ maxLength, strategy, stride, direction }) {
  tokenizer.setTruncation(maxLength, { strategy, stride, direction: direction.toLowerCase() })
}

class Integers {
  values = new Int32Array(1 << 16)
  count = 0

  addAll(list) {
    if (this.count + list.length > this.values.length) {
      const larger = new Int32Array(2 * (this.count + list.length))
      larger.set(this.values)
      this.values = larger
    }
    for (let i = 0; i < list.length; i++) this.values[this.count++] = list[i]
  }

  addList(list) {
    this.addAll([list.length])
    this.addAll(list)
  }

  addEncoding(encoding) {
    const overflowing = encoding.getOverflowing()
    this.addAll([overflowing.length])
    this.addList(encoding.getIds())
    this.addAll(encoding.getTypeIds())
    this.addAll(encoding.getAttentionMask())
    this.addAll(encoding.getSpecialTokensMask())
    for (const offsets of encoding.getOffsets()) this.addAll(offsets)
    for (const other of overflowing) this.addEncoding(other)
  }

  toBuffer() {
    return Buffer.from(this.values.buffer, 0, this.count * 4)
  }
}

function readTexts(buffer, at) {
  const count = buffer.readInt32LE(at)
  let start = at + 4 + count * 4
  return Array.from({ length: count }, (_, i) => {
    const end = start + buffer.readInt32LE(at + 4 + i * 4)
    const text = buffer.toString('utf8', start, end)
    start = end
    return text
  })
}

function writeTexts(texts) {
  const parts = texts.map(text => Buffer.from(text, 'utf8'))
  const lengths = Int32Array.from([parts.length, ...parts.map(part => part.length)])
  return Buffer.concat([Buffer.from(lengths.buffer), ...parts])
}

function read(length) {
  const buffer = Buffer.allocUnsafe(length)
  for (let at = 0; at < length; ) {
    const count = fs.readSync(0, buffer, at, length - at)
    if (count === 0) process.exit()
    at += count
  }
  return buffer
}

function write(status, body) {
  const head = Buffer.from(Int32Array.of(body.length + 4, status).buffer)
  for (const buffer of [head, body])
    for (let at = 0; at < buffer.length; ) at += fs.writeSync(3, buffer, at)
}

for (;;) {
  const request = read(read(4).readInt32LE())
  const texts = 4 + request.readInt32LE(0)
  const { command, ...header } = JSON.parse(request.toString('utf8', 4, texts))
  try {
    const result = await commands[command](header, readTexts(request, texts))
    write(0, result instanceof Integers ? result.toBuffer() : writeTexts(result))
  } catch (error) {
    write(1, Buffer.from(String(error.message)))
  }
}
