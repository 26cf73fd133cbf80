namespace Thaw.ColdLoad.Plain;

/// <summary>The inputs of an encoder.</summary>
internal static class PlainInput
{
    /// <summary>A tensor for each input, as many elements as ids: no padding, all tokens of type 0.</summary>
    public static long[][] Tensors(long[] ids, IReadOnlyList<string> inputs) => [.. inputs.Select(input => input switch
    {
        "input_ids" => ids,
        "attention_mask" => [.. ids.Select(_ => 1L)],
        _ => new long[ids.Length],
    })];
}
