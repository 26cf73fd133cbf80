using System.Globalization;
using Thaw.Tokenizers.Unicode;

namespace Thaw.UnitTests.Tokenizers.Unicode;

public sealed class CharacterClassTests
{
    [Fact]
    public void Categories_are_those_of_the_runtime_that_has_Unicode_16_too()
    {
        Assert.Equal(Enumerable.Empty<string>(), Scalars()
            .Where(scalar => UnicodeTables.Category(scalar) != Ours(CharUnicodeInfo.GetUnicodeCategory(scalar)))
            .Select(scalar => scalar.ToString("X4")));
    }

    [Fact]
    public void Letters_numbers_and_white_space_follow_from_the_categories()
    {
        foreach (int scalar in Scalars())
        {
            Category category = UnicodeTables.Category(scalar);
            Assert.Equal(category is >= Category.UppercaseLetter and <= Category.OtherLetter, UnicodeTables.IsLetter(scalar));
            Assert.Equal(category is >= Category.DecimalNumber and <= Category.OtherNumber, UnicodeTables.IsNumber(scalar));
            Assert.Equal(
                category is >= Category.SpaceSeparator and <= Category.ParagraphSeparator || scalar is >= 9 and <= 13 or 0x85,
                UnicodeTables.IsWhiteSpace(scalar));
        }
    }

    [Fact]
    public void Numeric_characters_are_those_of_Unicode_17() =>
        Assert.Equal(
            [.. Enumerable.Range(0x11DE0, 10), .. Enumerable.Range(0x16FF4, 3)],
            Scalars().Where(scalar => UnicodeTables.IsNumeric(scalar) != UnicodeTables.IsNumber(scalar)));

    [Fact]
    public void The_two_engines_differ_in_eight_word_characters() =>
        Assert.Equal(
            [0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE, 0x200C, 0x200D],
            Scalars().Where(scalar => UnicodeTables.IsOnigurumaWord(scalar) != UnicodeTables.IsWord(scalar)));

    [Fact]
    public void Combining_marks_are_those_of_Unicode_9()
    {
        Assert.True(UnicodeTables.IsCombiningMark(0x301));
        Assert.True(UnicodeTables.IsCombiningMark(0x903));
        Assert.True(UnicodeTables.IsCombiningMark(0x20DD));
        Assert.True(UnicodeTables.IsCombiningMark(0xE01EF));
        Assert.False(UnicodeTables.IsCombiningMark(0xE01F0));
        Assert.False(UnicodeTables.IsCombiningMark('a'));
        // A mark since Unicode 10.0.
        Assert.Equal(Category.NonspacingMark, UnicodeTables.Category(0xAFA));
        Assert.False(UnicodeTables.IsCombiningMark(0xAFA));
    }

    [Theory]
    [InlineData(0xE0001, CharFlags.Other)]
    [InlineData(0xE0002, CharFlags.None)]
    [InlineData(0xE0100, CharFlags.Nonspacing)]
    [InlineData(0xE0FFF, CharFlags.None)]
    [InlineData(0xE1000, CharFlags.None)]
    [InlineData(0xF0000, CharFlags.Other)]
    [InlineData(0xFFFFD, CharFlags.Other)]
    [InlineData(0xFFFFE, CharFlags.None)]
    [InlineData(0x10FFFD, CharFlags.Other)]
    [InlineData(0x10FFFF, CharFlags.None)]
    internal void The_last_planes_share_room_in_the_tables_without_a_trace(int scalar, CharFlags expected) =>
        Assert.Equal(expected, UnicodeTables.Flags(scalar));

    [Fact]
    public void Nmt_drops_some_controls_and_makes_spaces_of_others()
    {
        Assert.Equal(Nmt.Removed, Nmt.Map(1));
        Assert.Equal(0, Nmt.Map(0));
        Assert.Equal(' ', Nmt.Map('\t'));
        Assert.Equal(Nmt.Removed, Nmt.Map(0x0B));
        Assert.Equal(0x85, Nmt.Map(0x85));
        Assert.Equal(0xA0, Nmt.Map(0xA0));
        Assert.Equal(' ', Nmt.Map(0x200D));
        Assert.Equal(' ', Nmt.Map(0xFFFD));
    }

    private static IEnumerable<int> Scalars() => Enumerable.Range(0, 0x110000);

    private static Category Ours(UnicodeCategory category) => category switch
    {
        UnicodeCategory.OtherNotAssigned => Category.Unassigned,
        UnicodeCategory.NonSpacingMark => Category.NonspacingMark,
        UnicodeCategory.SpacingCombiningMark => Category.SpacingMark,
        UnicodeCategory.DecimalDigitNumber => Category.DecimalNumber,
        UnicodeCategory.InitialQuotePunctuation => Category.InitialPunctuation,
        UnicodeCategory.FinalQuotePunctuation => Category.FinalPunctuation,
        _ => Enum.Parse<Category>(category.ToString()),
    };
}
