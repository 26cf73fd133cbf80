using System.Text;

namespace Thaw.UnitTests;

/// <summary>Damages bytes, the same way for the same seed.</summary>
/// <param name="tokens">What is inserted besides bytes.</param>
internal sealed class Mutator(int seed, params string[] tokens)
{
    private readonly Random _random = new(seed);

    /// <summary>A copy with one to four faults.</summary>
    public byte[] Mutate(byte[] original)
    {
        List<byte> bytes = [.. original];
        for (int faults = _random.Next(1, 5); faults > 0; faults--)
        {
            int at = _random.Next(bytes.Count + 1);
            int length = Math.Min(_random.Next(1, 12), bytes.Count - at);
            switch (_random.Next(7))
            {
                case 0:
                    bytes.RemoveRange(at, length);
                    break;
                case 1:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(tokens[_random.Next(tokens.Length)]));
                    break;
                case 2:
                    bytes.Insert(at, (byte)_random.Next(256));
                    break;
                case 3 when length > 0:
                    bytes[at] ^= (byte)(1 << _random.Next(8));
                    break;
                case 4 when length > 0:
                    bytes[at] = (byte)_random.Next(256);
                    break;
                case 5:
                    bytes.InsertRange(_random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                    break;
                case 6 when _random.Next(8) == 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }

        return [.. bytes];
    }
}
