namespace Thaw.Inference.Tasks;

/// <summary>The names that exporters and people give to the inputs of encoders.</summary>
internal static class InputNames
{
    private const string Signature = "serving_default_";

    private static readonly Dictionary<string, InputRole> Roles = new(StringComparer.OrdinalIgnoreCase)
    {
        ["input_ids"] = InputRole.Ids, ["input_word_ids"] = InputRole.Ids, ["ids"] = InputRole.Ids, ["token_ids"] = InputRole.Ids,
        ["tokens"] = InputRole.Ids, ["input_tokens"] = InputRole.Ids,
        ["attention_mask"] = InputRole.Mask, ["input_mask"] = InputRole.Mask, ["mask"] = InputRole.Mask, ["attn_mask"] = InputRole.Mask,
        ["input_masks"] = InputRole.Mask, ["attention_masks"] = InputRole.Mask,
        ["token_type_ids"] = InputRole.TypeIds, ["segment_ids"] = InputRole.TypeIds, ["type_ids"] = InputRole.TypeIds,
        ["input_type_ids"] = InputRole.TypeIds, ["input_segment_ids"] = InputRole.TypeIds, ["token_types"] = InputRole.TypeIds,
        ["position_ids"] = InputRole.PositionIds, ["positions"] = InputRole.PositionIds, ["pos_ids"] = InputRole.PositionIds,
        ["input_position_ids"] = InputRole.PositionIds,
    };

    /// <summary>What an input of this name is for; null if the name does not say.</summary>
    public static InputRole? RoleOf(string name) => Roles.TryGetValue(Plain(name), out InputRole role) ? role : null;

    /// <summary>Whether the name alone does not say what the mask's numbers mean: elsewhere, such masks are true for padding.</summary>
    public static bool IsAmbiguousMask(string name) => !Plain(name).StartsWith("attention", StringComparison.OrdinalIgnoreCase)
        && !Plain(name).StartsWith("input", StringComparison.OrdinalIgnoreCase);

    /// <summary>Without what TensorFlow writes around it: serving_default_input_ids:0.</summary>
    public static string Plain(string name)
    {
        int colon = name.LastIndexOf(':');
        bool isNumbered = colon >= 0 && colon < name.Length - 1 && name.AsSpan(colon + 1).IndexOfAnyExceptInRange('0', '9') < 0;
        string plain = isNumbered ? name[..colon] : name;
        return plain.StartsWith(Signature, StringComparison.Ordinal) ? plain[Signature.Length..] : plain;
    }
}
